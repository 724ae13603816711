/**
 * The flow of credits between people: who gave whom how much, from the latest receipt of each pair of devices.
 *
 * The idea: with five people every arrow can be drawn, with ten thousand none can. So the picture has the few who gave and
 * received most, and everybody else as one; what passes between those few is read by index, and what passes between them
 * and the others is what is left of their sums. No request looks at all pairs.
 *
 * Invariant: the flows of a picture add up to the sums of the people in it, because others are made from the rest.
 */

import { sql } from 'kysely'

import type { Sql } from '../data/sql.ts'
import type { TrackerDatabase } from '../data/schema.ts'
import { FLOW_PEOPLE_MAX, PEOPLE_SKIPPED_MAX } from './limits.ts'
import { distinctPeople, sumOf } from './sums.ts'

export const PEOPLE_SORTS = ['gave', 'received', 'balance'] as const
export type PeopleSort = (typeof PEOPLE_SORTS)[number]

export interface PersonRow {
  readonly person: string
  readonly devices: number
  readonly gaveBytes: number
  readonly receivedBytes: number
}

/** `from` gave `to` so many bytes. */
export interface Flow {
  readonly from: string
  readonly to: string
  readonly bytes: number
}

/** Stands for everybody who is not named. */
export const OTHERS = 'others'

export interface FlowPicture {
  readonly people: readonly PersonRow[]
  readonly others: {
    readonly people: number
    readonly gaveBytes: number
    readonly receivedBytes: number
  }
  readonly flows: readonly Flow[]
  readonly totalBytes: number
}

export interface PersonFlows {
  readonly person: PersonRow
  readonly gaveTo: readonly Flow[]
  readonly receivedFrom: readonly Flow[]
}

export interface PeopleRequest {
  readonly sort: PeopleSort
  readonly skip: number
  readonly limit: number
  readonly search: string
}

export async function findPicture(data: Sql): Promise<FlowPicture> {
  return data.read(async (db) => {
    const all = await sumAll(db)
    const people = await findPersons(db, 'gave', { skip: 0, limit: FLOW_PEOPLE_MAX, search: '' })
    const names = people.map(({ person }) => person)
    const between = await flowsBetween(db, names, names)
    const named = (side: 'gaveBytes' | 'receivedBytes') =>
      people.reduce((sum, each) => sum + each[side], 0)
    const others = {
      people: all.people - people.length,
      gaveBytes: all.bytes - named('gaveBytes'),
      receivedBytes: all.bytes - named('receivedBytes'),
    }
    return {
      people,
      others,
      flows: withOthers(people, others.receivedBytes, between),
      totalBytes: all.bytes,
    }
  })
}

/** The rest of what each gave went to others, and the rest of what each received came from them. */
function withOthers(
  people: readonly PersonRow[],
  othersReceivedBytes: number,
  between: readonly Flow[],
): readonly Flow[] {
  const sum = (side: 'from' | 'to', person: string) =>
    between.reduce((all, each) => (each[side] === person ? all + each.bytes : all), 0)
  const toOthers = people.map(({ person, gaveBytes }) => ({
    from: person,
    to: OTHERS,
    bytes: gaveBytes - sum('from', person),
  }))
  const fromOthers = people.map(({ person, receivedBytes }) => ({
    from: OTHERS,
    to: person,
    bytes: receivedBytes - sum('to', person),
  }))
  const amongOthers = othersReceivedBytes - toOthers.reduce((all, each) => all + each.bytes, 0)
  return [
    ...between,
    ...toOthers,
    ...fromOthers,
    { from: OTHERS, to: OTHERS, bytes: amongOthers },
  ].filter(({ bytes }) => bytes > 0)
}

export async function findPeople(
  data: Sql,
  request: PeopleRequest,
): Promise<{ readonly rows: readonly PersonRow[]; readonly next: string | null }> {
  return data.read(async (db) => {
    const found = await findPersons(db, request.sort, { ...request, limit: request.limit + 1 })
    const isMore = found.length > request.limit && request.skip < PEOPLE_SKIPPED_MAX
    return {
      rows: found.slice(0, request.limit),
      next: isMore ? String(request.skip + request.limit) : null,
    }
  })
}

/** The people one gave to and received from, most first, each at most `limit`. */
export async function findPersonFlows(
  data: Sql,
  person: string,
  limit: number,
): Promise<PersonFlows | undefined> {
  return data.read(async (db) => {
    const [own] = await findPersons(db, 'gave', { skip: 0, limit: 1, search: person })
    if (own === undefined) return undefined
    const gave = await partners(db, 'payee_person', 'payer_person', person, limit)
    const received = await partners(db, 'payer_person', 'payee_person', person, limit)
    return {
      person: own,
      gaveTo: gave.map((each) => ({ from: person, to: each.person, bytes: each.bytes })),
      receivedFrom: received.map((each) => ({ from: each.person, to: person, bytes: each.bytes })),
    }
  })
}

async function sumAll(db: TrackerDatabase): Promise<{ people: number; bytes: number }> {
  return db
    .selectFrom('peers')
    .select([distinctPeople.as('people'), sumOf('uploaded_bytes').as('bytes')])
    .where('person', 'is not', null)
    .executeTakeFirstOrThrow()
}

/** Sums of a person's devices; a peer's own are kept up to date with its receipts. */
async function findPersons(
  db: TrackerDatabase,
  sort: PeopleSort,
  {
    skip,
    limit,
    search,
  }: { readonly skip: number; readonly limit: number; readonly search: string },
): Promise<readonly PersonRow[]> {
  const order = {
    gave: sql`sum(uploaded_bytes)`,
    received: sql`sum(downloaded_bytes)`,
    balance: sql`sum(uploaded_bytes) - sum(downloaded_bytes)`,
  }[sort]
  let query = db
    .selectFrom('peers')
    .select((each) => [
      'person',
      each.fn.countAll<number>().as('devices'),
      sumOf('uploaded_bytes').as('gave'),
      sumOf('downloaded_bytes').as('received'),
    ])
    .where('person', 'is not', null)
  if (search !== '') query = query.where('person', '>=', search).where('person', '<', `${search}g`)
  const found = await query
    .groupBy('person')
    .orderBy(order, 'desc')
    .orderBy('person')
    .limit(limit)
    .offset(skip)
    .execute()
  return found.map(({ person, devices, gave, received }) => ({
    person: person ?? '',
    devices,
    gaveBytes: gave,
    receivedBytes: received,
  }))
}

async function flowsBetween(
  db: TrackerDatabase,
  givers: readonly string[],
  takers: readonly string[],
): Promise<readonly Flow[]> {
  if (givers.length === 0) return []
  const found = await db
    .selectFrom('pairs')
    .select(['payee_person', 'payer_person', sumOf('total_bytes').as('bytes')])
    .where('payee_person', 'in', [...givers])
    .where('payer_person', 'in', [...takers])
    .groupBy(['payee_person', 'payer_person'])
    .execute()
  return found.map(({ payee_person, payer_person, bytes }) => ({
    from: payee_person,
    to: payer_person,
    bytes,
  }))
}

/** The payee gave, the payer received. */
async function partners(
  db: TrackerDatabase,
  own: 'payee_person' | 'payer_person',
  other: 'payee_person' | 'payer_person',
  person: string,
  limit: number,
): Promise<readonly { readonly person: string; readonly bytes: number }[]> {
  const found = await db
    .selectFrom('pairs')
    .select((each) => [each.ref(other).as('person'), sumOf('total_bytes').as('bytes')])
    .where(own, '=', person)
    .groupBy(other)
    .orderBy(sql`sum(total_bytes)`, 'desc')
    .orderBy(other)
    .limit(limit)
    .execute()
  return found
}
