/**
 * Settings of a ledger: each a record of its own, so that two people changing different ones do not collide. A record's
 * id is the setting's name in ASCII, filled up with zeros to 16 bytes.
 *
 *     currency       [code, exponent]                     what totals are shown in
 *     settle-mode    'minimal' | 'pairwise' | 'existing'
 *     cash-step      minor units 1-10,000                 suggested payments are multiples of it; 1: none
 *     default-split  [[party, weight] ≤ 500]              empty: everybody alike
 *     confirm-above  minor units                          a debt above it waits for the debtor's word; 0: never
 *     archived       true | false                         admins
 */

import { bytesToHex, concatBytes, utf8 } from '@hamlet/core'
import type { CborValue, FieldReader } from '@hamlet/core'
import type { Role } from '@hamlet/space'
import type { Currency, PartyShare } from '../expense-body.ts'
import { AMOUNT_MINOR_MAX, CASH_STEP_MAX } from '../limits.ts'
import { LEDGER_ID_BYTES } from '../party.ts'
import type { LedgerId } from '../party.ts'
import { currencyToCbor, readCurrency, readParties, readShare, shareToCbor } from './body-codec.ts'

export type SettleMode = 'minimal' | 'pairwise' | 'existing'

export type Setting =
  | { readonly name: 'currency'; readonly value: Currency }
  | { readonly name: 'settle-mode'; readonly value: SettleMode }
  | { readonly name: 'cash-step'; readonly value: number }
  | { readonly name: 'default-split'; readonly value: readonly PartyShare[] }
  | { readonly name: 'confirm-above'; readonly value: number }
  | { readonly name: 'archived'; readonly value: boolean }

export type SettingName = Setting['name']

export const SETTING_NAMES: readonly SettingName[] = [
  'currency',
  'settle-mode',
  'cash-step',
  'default-split',
  'confirm-above',
  'archived',
]

const MODES: readonly SettleMode[] = ['minimal', 'pairwise', 'existing']

export function settingId(name: SettingName): LedgerId {
  const bytes = utf8(name)
  return bytesToHex(concatBytes(bytes, new Uint8Array(LEDGER_ID_BYTES - bytes.length))) as LedgerId
}

/** What only admins and owners may set, in their own past: any writer may write all else. */
const ADMIN_SETTINGS: readonly SettingName[] = ['archived', 'confirm-above']

export function mayWrite(
  role: Role,
  version: { readonly record: string; readonly body: unknown },
): boolean {
  if (version.record !== 'setting') return true
  const { name } = version.body as Setting
  return !ADMIN_SETTINGS.includes(name) || role === 'admin' || role === 'owner'
}

export function settingToCbor(setting: Setting): CborValue {
  switch (setting.name) {
    case 'currency':
      return [setting.name, currencyToCbor(setting.value)]
    case 'default-split':
      return [setting.name, setting.value.map(shareToCbor)]
    case 'settle-mode':
    case 'cash-step':
    case 'confirm-above':
    case 'archived':
      return [setting.name, setting.value]
  }
}

export function readSetting(fields: FieldReader, id: LedgerId): Setting {
  const name = fields.oneOf(SETTING_NAMES)
  if (settingId(name) !== id) throw fields.refuse('a setting under another id than its name')
  switch (name) {
    case 'currency':
      return { name, value: fields.tuple(readCurrency) }
    case 'settle-mode':
      return { name, value: fields.oneOf(MODES) }
    case 'cash-step':
      return { name, value: fields.int(1, CASH_STEP_MAX) }
    case 'default-split':
      return { name, value: readParties(fields, readShare, 0) }
    case 'confirm-above':
      return { name, value: fields.uint(AMOUNT_MINOR_MAX) }
    case 'archived':
      return { name, value: fields.boolean() }
  }
}
