/** Strings that have broken programs: the public list when it is there, and sixty of our own about paths and direction. */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const DIRECTORY = process.env['VECTORS_DIR'] ?? `${ROOT}../shared/vectors`
const NAME = 'naughty-strings/blns.json'
const COUNT = 515

/** Paths that lead out of a folder or to a device, and texts that show in another order or as nothing. */
export const OWN_STRINGS: readonly string[] = [
  ...['.', '..', '...', '../', '../..', '../../../../etc/passwd', '/etc/passwd', './.', '.hidden'],
  ...[
    '..\\',
    '..\\..\\windows\\win.ini',
    'C:\\Windows',
    'C:/x',
    '\\\\server\\share',
    '~',
    '~root/.ssh',
  ],
  ...[
    '%2e%2e%2f',
    '%2e%2e/',
    '..%2f',
    '%252e%252e%252f',
    '%00',
    'a%00.txt',
    'a\u0000.txt',
    '..%c0%af',
  ],
  ...[
    '\u2024\u2024/',
    '\uff0e\uff0e\uff0f',
    '\u2215etc',
    'a/../b',
    'a//b',
    'a/./b',
    '/'.repeat(40),
  ],
  ...[
    'CON',
    'nul.txt',
    'LPT1',
    'COM1.json',
    'a:b',
    'a*b?',
    'a|b',
    'trailing.',
    'trailing ',
    ' leading',
  ],
  ...[
    '\u202egnp.exe',
    '\u202dabc',
    '\u2066x\u2069',
    '\u2067y',
    '\u2068z',
    '\u200fabc\u200e',
    '\u061c',
  ],
  ...[
    '\u200b',
    '\u200d\u200d',
    '\u2060',
    '\ufeffBOM',
    '\u00ad\u00ad',
    '\u3164',
    '\u115f\u1160',
    '\u180e',
  ],
  ...['e\u0301', 'é', '\ud800', '\udfff\ud800', '\u2028line\u2029', `z${'\u0300'.repeat(90)}`],
]

/** Our own, and the public ones: without them a line says so. */
export function naughtyStrings(): readonly string[] {
  const path = `${DIRECTORY}/${NAME}`
  if (!existsSync(path)) {
    console.log(`SKIPPED ${NAME}: ${COUNT} vectors not present (VECTORS_DIR)`)
    return OWN_STRINGS
  }
  const strings = JSON.parse(readFileSync(path, 'utf8')) as readonly string[]
  if (strings.length !== COUNT) throw new Error(`expected ${COUNT} strings, got ${strings.length}`)
  return [...strings, ...OWN_STRINGS]
}
