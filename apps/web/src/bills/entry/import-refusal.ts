/** Why a file is not imported, in words and with its place; and what could be said about it so that it is. */

import type { Texts } from '../../i18n/en.ts'
import { codeOf, errorToWords } from '../../state/error-words.ts'
import type { ImportRefusal } from './import-form.ts'

/** What an error of the peer says about the file. */
export function refusalOf(error: unknown, texts: Texts): ImportRefusal {
  const words = texts.billImport.errors[codeOf(error)]
  const fields = fieldsOf(error)
  const number = (name: string) => {
    const value = fields[name]
    return typeof value === 'number' ? value : undefined
  }
  const { missing } = fields
  const reason = error instanceof Error ? error.message.replace(/^line \d+, column \d+: /u, '') : ''
  return {
    words: words === undefined ? errorToWords(error, texts, 'bill') : `${words} (${reason})`,
    line: number('line'),
    column: number('column'),
    missing: missing === 'currency' || missing === 'payer' ? missing : undefined,
  }
}

function fieldsOf(error: unknown): Readonly<Record<string, unknown>> {
  if (typeof error !== 'object' || error === null || !('fields' in error)) return {}
  const { fields } = error
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {}
}
