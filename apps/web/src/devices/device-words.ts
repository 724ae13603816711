/** What the devices dialogs say of an error: its own words where there are some, else those of every other page. */

import type { Texts } from '../i18n/en.ts'
import { codeOf, errorToWords } from '../state/error-words.ts'

type DeviceErrors = Texts['devices']['errors']

export function deviceErrorWords(error: unknown, texts: Texts): string {
  return linkErrorWords(codeOf(error), texts) ?? errorToWords(error, texts, 'device')
}

/** `undefined`: a code of somewhere else. */
export function linkErrorWords(code: string, texts: Texts): string | undefined {
  const { errors } = texts.devices
  return Object.hasOwn(errors, code) ? errors[code as keyof DeviceErrors] : undefined
}
