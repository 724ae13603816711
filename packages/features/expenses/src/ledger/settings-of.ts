/** The settings of a ledger as they now are, with what holds where nothing was set. */

import type { LedgerBook } from './ledger-book.ts'
import type { LedgerSettings } from './ledger-model.ts'
import { SETTING_NAMES, settingId } from './settings.ts'
import type { Setting } from './settings.ts'

type Values = { readonly [Each in Setting as Each['name']]?: Each['value'] }

export function readSettings(book: LedgerBook): LedgerSettings {
  const values = valuesOf(book)
  return {
    currency: values.currency,
    settleMode: values['settle-mode'] ?? 'minimal',
    cashStepMinor: values['cash-step'] ?? 1,
    defaultSplit: values['default-split'] ?? [],
    confirmAboveMinor: values['confirm-above'] ?? 0,
    archived: values.archived ?? false,
  }
}

function valuesOf(book: LedgerBook): Values {
  const settings = SETTING_NAMES.map((name) => book.get('setting', settingId(name))?.body)
  return Object.fromEntries(
    settings.filter((setting) => setting !== undefined).map(({ name, value }) => [name, value]),
  )
}
