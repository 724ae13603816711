/** Names that have broken programs: the public list when it is there, and a list of ways out of a folder. */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const VECTORS = process.env['VECTORS_DIR'] ?? `${ROOT}../shared/vectors`
const NAUGHTY = 'naughty-strings/blns.json'
const NAUGHTY_COUNT = 515

/** Paths that lead out of a folder, to a device, or to another file than they seem to, on some system. */
export const TRAVERSALS: readonly string[] = [
  '',
  '.',
  '..',
  '/',
  '//',
  './',
  '../',
  './a',
  '../a',
  '../../etc/passwd',
  '../../../../../../../../etc/shadow',
  '/etc/passwd',
  '//etc/passwd',
  'a/..',
  'a/../b',
  'a/../../b',
  'a/./b',
  'a//b',
  'a/',
  'a/.',
  '..a/../b',
  '. ./a',
  '.. /a',
  '..\u0000/a',
  '... /a',
  '.\u200b./\u0000',
  '..\\a',
  '..\\..\\windows\\win.ini',
  'a\\..\\..\\b',
  '\\a',
  '\\\\server\\share\\a',
  '\\\\?\\C:\\a',
  '\\\\.\\PhysicalDrive0',
  'C:',
  'C:a',
  'C:/a',
  'C:\\a',
  'c:..\\a',
  'file:///etc/passwd',
  'a\u0000.txt',
  'a.txt\u0000.jpg',
  'a\n.txt',
  'a\r\nb',
  'a:stream',
  'a::$DATA',
  'a::$INDEX_ALLOCATION',
  'con',
  'CON.txt',
  'Nul ',
  'nul .txt',
  'aux.tar.gz',
  'com1',
  'COM¹.json',
  'lpt9.',
  'prn/a',
  'conin$',
  'a/nul/b',
  'a.',
  'a ',
  'a. . .',
  'a./b',
  'a*',
  'a?',
  'a|b',
  '<a>',
  '"a"',
  'gpj.\u202eexe',
  '\u2066a\u2069',
  '\ufeffa',
  'a\u2028b',
  '\ud800',
  'e\u0301',
]

export function naughtyStrings(): readonly string[] {
  const path = `${VECTORS}/${NAUGHTY}`
  if (!existsSync(path)) {
    console.log(`SKIPPED ${NAUGHTY}: ${NAUGHTY_COUNT} vectors not present (VECTORS_DIR)`)
    return []
  }
  const strings = JSON.parse(readFileSync(path, 'utf8')) as readonly string[]
  if (strings.length !== NAUGHTY_COUNT) throw new Error(`${strings.length} naughty strings`)
  return strings
}
