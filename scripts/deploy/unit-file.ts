/**
 * What is wrong with a systemd unit, found without systemd: what it runs has to be there, it restarts, is bounded, runs
 * as nobody in particular and may write to its own folder only. `systemd-analyze verify`, where there is one, reads the
 * rest (test/checks/check-deploy.test.ts).
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from '../source-tree.ts'
import { readText } from '../source-tree.ts'

/** Where the units expect the clone. */
export const CLONE = '/opt/hamlet'

/** Settings a service may not go without, each with what it has to be. */
const NEEDED: readonly (readonly [name: string, value: RegExp])[] = [
  ['Description', /./],
  ['Type', /^exec$/],
  ['DynamicUser', /^yes$/],
  ['StateDirectory', /^[a-z-]+$/],
  ['StateDirectoryMode', /^0700$/],
  ['WorkingDirectory', new RegExp(`^${CLONE}$`)],
  ['Restart', /^on-failure$/],
  ['TimeoutStopSec', /^\d+$/],
  ['MemoryMax', /^\d+[MG]$/],
  ['NoNewPrivileges', /^yes$/],
  ['ProtectSystem', /^strict$/],
  ['ProtectHome', /^yes$/],
  ['PrivateTmp', /^yes$/],
  ['SystemCallFilter', /^@system-service$/],
  ['WantedBy', /^multi-user\.target$/],
]

export function settingsOf(text: string): readonly (readonly [name: string, value: string])[] {
  const joined = text.replaceAll(/\\\n\s*/g, ' ')
  return [...joined.matchAll(/^([A-Z]\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value,
  ])
}

export function checkUnit(root: string, file: string): readonly Finding[] {
  const settings = settingsOf(readText(root, file))
  const missing = NEEDED.filter(
    ([name, value]) => !settings.some(([each, text]) => each === name && value.test(text)),
  )
  // The pinned Node is there once the clone is installed: only what is in the repository is looked for.
  const named = settings
    .filter(([name]) => name.startsWith('Exec'))
    .flatMap(([, value]) => [
      ...value.matchAll(/\b((?:apps|deploy|scripts)\/[\w./-]+\.m?[jt]s)\b/g),
    ])
    .map(([, path]) => path ?? '')
  return [
    ...missing.map(([name, value]) => ({ file, message: `${name} has to be ${value.source}` })),
    ...named
      .filter((path) => !existsSync(join(root, path)))
      .map((path) => ({ file, message: `there is no ${path}` })),
    ...(named.length === 0 ? [{ file, message: 'it runs nothing of this repository' }] : []),
  ]
}
