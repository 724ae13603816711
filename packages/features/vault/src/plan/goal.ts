/**
 * What somebody wants of their backups, in words and as data.
 *
 *     goal     = clause *( ( "," / ";" / "and" ) clause )              each kind of clause at most once
 *     clause   = "readable" [ "at least" ] percent [ "of the time" ]
 *              / "survives" ( "losing" / "the loss of" ) [ "any" ] count ( "people" / "devices" / "households" )
 *              / "lost" ( "less than" / "at most" ) ( percent / "1 in" number ) ( "a year" / "per year" )
 *              / "costs" ( "at most" / "up to" ) number ( "times" [ "the size" ] / "x" )
 *     percent  = number ( "%" / "percent" )
 *     count    = digits / "one" … "twelve"
 *
 * Case and the number of spaces do not matter, singulars are as good as plurals, and nothing else is guessed. What `goalText`
 * writes is read as the same goal.
 */

import { err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { VaultGoalError } from './errors.ts'
import { GOAL_LENGTH_MAX, GOAL_LOSSES_MAX } from './limits.ts'

export type LossKind = 'people' | 'devices' | 'households'

export interface VaultGoal {
  /** Share of the time in which helpers alone give everything back; from 0 to below 1. */
  readonly readable?: number
  readonly survives?: { readonly losses: number; readonly of: LossKind }
  /** Chance that an object is lost in a year; above 0. */
  readonly yearlyLossMax?: number
  /** Bytes that helpers keep for each byte of the owner's; at least 1. */
  readonly costMax?: number
}

type MutableGoal = { -readonly [Key in keyof VaultGoal]: VaultGoal[Key] }
type GoalFault = 'length' | 'words' | 'twice' | 'range'

const COUNTS = [
  ...['one', 'two', 'three', 'four', 'five', 'six'],
  ...['seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'],
]
const KINDS: ReadonlyMap<string, LossKind> = new Map([
  ['person', 'people'],
  ['people', 'people'],
  ['device', 'devices'],
  ['devices', 'devices'],
  ['household', 'households'],
  ['households', 'households'],
])

const NUMBER = String.raw`(\d{1,15}(?:\.\d{1,6})?)`
const PERCENT = String.raw`${NUMBER} ?(?:%|percent)`
const READABLE = new RegExp(`^readable (?:at least )?${PERCENT}(?: of the time)?$`)
const SURVIVES = /^survives (?:losing|the loss of) (?:any )?(\d{1,3}|[a-z]+) ([a-z]+)$/
const LOST = new RegExp(
  String.raw`^lost (?:less than|at most) (?:${PERCENT}|1 in (\d{1,15})) (?:a|per) year$`,
)
const COSTS = new RegExp(`^costs (?:at most|up to) ${NUMBER} ?(?:times(?: the size)?|x)$`)
const SEPARATOR = / ?[,;](?: and)? ?| and /

/** The goal that `text` says; at most `GOAL_LENGTH_MAX` characters. */
export function parseGoal(text: string): Result<VaultGoal, VaultGoalError> {
  if (text.length > GOAL_LENGTH_MAX) return refused('length', text.slice(0, 40))
  const words = text.toLowerCase().trim().replace(/\s+/g, ' ')
  const goal: MutableGoal = {}
  for (const clause of words.split(SEPARATOR)) {
    const part = readClause(clause)
    if (typeof part === 'string') return refused(part, clause)
    if (Object.keys(part).some((key) => key in goal)) return refused('twice', clause)
    Object.assign(goal, part)
  }
  return ok(goal)
}

/** Words for a goal, which `parseGoal` reads as the same one. */
export function goalText({ readable, survives, yearlyLossMax, costMax }: VaultGoal): string {
  const clauses: string[] = []
  if (readable !== undefined) clauses.push(`readable ${percentText(readable)} of the time`)
  if (survives !== undefined) {
    const { losses, of } = survives
    clauses.push(`survives losing any ${losses} ${losses === 1 ? singular(of) : of}`)
  }
  if (yearlyLossMax !== undefined) clauses.push(`lost at most ${chanceText(yearlyLossMax)} a year`)
  if (costMax !== undefined) clauses.push(`costs at most ${costMax} times the size`)
  return clauses.join(', ')
}

export function singular(kind: LossKind): string {
  return { people: 'person', devices: 'device', households: 'household' }[kind]
}

/** `99.9 %`. */
export function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(12))} %`
}

/** `1 in 1000000` where that is what it is, otherwise a percentage. */
export function chanceText(chance: number): string {
  const times = Math.round(1 / chance)
  return 1 / times === chance ? `1 in ${times}` : percentText(chance)
}

function readClause(clause: string): VaultGoal | GoalFault {
  return readReadable(clause) ?? readSurvives(clause) ?? readLost(clause) ?? readCosts(clause)
}

function readReadable(clause: string): VaultGoal | GoalFault | undefined {
  const match = READABLE.exec(clause)
  if (match === null) return undefined
  const readable = hundredths(match[1]!)
  return readable > 0 && readable < 1 ? { readable } : 'range'
}

function readSurvives(clause: string): VaultGoal | GoalFault | undefined {
  const match = SURVIVES.exec(clause)
  const of = match === null ? undefined : KINDS.get(match[2]!)
  if (match === null || of === undefined) return undefined
  const losses = countOf(match[1]!)
  if (losses === undefined) return undefined
  return losses >= 1 && losses <= GOAL_LOSSES_MAX ? { survives: { losses, of } } : 'range'
}

function readLost(clause: string): VaultGoal | GoalFault | undefined {
  const match = LOST.exec(clause)
  if (match === null) return undefined
  const yearlyLossMax = match[1] === undefined ? 1 / Number(match[2]) : hundredths(match[1])
  return yearlyLossMax > 0 && yearlyLossMax <= 1 ? { yearlyLossMax } : 'range'
}

function readCosts(clause: string): VaultGoal | GoalFault {
  const match = COSTS.exec(clause)
  if (match === null) return 'words'
  const costMax = Number(match[1])
  return costMax >= 1 && costMax <= GOAL_LOSSES_MAX + 1 ? { costMax } : 'range'
}

function countOf(word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word)
  const index = COUNTS.indexOf(word)
  return index === -1 ? undefined : index + 1
}

/** Exact where a division would not be: 99.9 is 0.999. */
function hundredths(digits: string): number {
  return Number(`${digits}e-2`)
}

function refused(fault: GoalFault, words: string): Result<never, VaultGoalError> {
  return err(
    new VaultGoalError('VAULT_BAD_GOAL', `no goal was understood (${fault}): ${words}`, {
      fields: { fault, words },
    }),
  )
}
