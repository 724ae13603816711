/** What one version of an expense says, and who said it, as faces see it. */

import type { Authorship, ExpenseBody, ExpenseOrigin, Split } from '@hamlet/expenses'
import type * as Api from '@hamlet/http/api'

type Defined<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> }

/** The fields that are not `undefined`. */
export function defined<T extends object>(fields: T): Defined<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Defined<T>
}

export function toAuthorship({ id, person, device, time }: Authorship): Api.LedgerAuthorship {
  return { entry: id, person, device, atMs: time.milliseconds }
}

export function toBody(body: ExpenseBody): Api.ExpenseBody {
  const { kind, deleted, title, date, currency, amountMinor, paid, tags, note } = body
  const { category, rate, origin, split } = body
  return {
    ...{ kind, deleted, title, date, currency, amountMinor, paid, tags, note },
    split: toSplit(split),
    ...defined({ category, rate, origin: origin && toOrigin(origin) }),
  }
}

/** Of what is entered again: a template, a series. */
export function toModel(body: ExpenseBody): Omit<Api.ExpenseBody, 'deleted' | 'origin'> {
  const { deleted: _deleted, origin: _origin, ...model } = toBody(body)
  return model
}

/** Parts there are none of are left out. */
function toSplit({ taxMinor, tipMinor, ...lists }: Split): Api.Split {
  const filled = Object.entries(lists).filter(([, parts]) => parts.length > 0)
  return {
    ...(Object.fromEntries(filled) as Partial<typeof lists>),
    ...(taxMinor === 0 ? {} : { taxMinor }),
    ...(tipMinor === 0 ? {} : { tipMinor }),
  }
}

function toOrigin(origin: ExpenseOrigin): NonNullable<Api.ExpenseBody['origin']> {
  return { kind: origin.kind, from: origin.kind === 'series' ? origin.series : origin.source }
}
