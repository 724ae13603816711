/** Every target, by the group its name begins with; a thread imports the group it needs and no more. */

import type { FuzzTarget } from '@hamlet/testkit/fuzz'

interface TargetGroup {
  readonly targets: readonly FuzzTarget[]
}

const GROUPS: Readonly<Record<string, () => Promise<TargetGroup>>> = {
  core: () => import('./core.ts'),
  identity: () => import('./identity.ts'),
  linking: () => import('./linking.ts'),
  crdt: () => import('./crdt.ts'),
  log: () => import('./log.ts'),
  exchange: () => import('./exchange.ts'),
  swarm: () => import('./swarm.ts'),
  tlog: () => import('./tlog.ts'),
  trie: () => import('./trie.ts'),
  sealed: () => import('./sealed.ts'),
  blobs: () => import('./blobs.ts'),
  forks: () => import('./forks.ts'),
  feed: () => import('./feed.ts'),
  space: () => import('./space.ts'),
  sync: () => import('./sync.ts'),
  chat: () => import('./chat.ts'),
  credits: () => import('./credits.ts'),
  shares: () => import('./shares.ts'),
  vault: () => import('./vault.ts'),
  catalog: () => import('./vault-catalog.ts'),
  ledger: () => import('./ledger.ts'),
  'ledger-files': () => import('./ledger-files.ts'),
  money: () => import('./money.ts'),
  network: () => import('./network.ts'),
  peer: () => import('./peer.ts'),
  stores: () => import('./stores.ts'),
  http: () => import('./http.ts'),
  s3: () => import('./s3.ts'),
  tracker: () => import('./tracker.ts'),
  apps: () => import('./apps.ts'),
  bills: () => import('./bills.ts'),
}

export async function loadTargets(): Promise<readonly FuzzTarget[]> {
  const groups = await Promise.all(Object.values(GROUPS).map((load) => load()))
  return groups.flatMap(({ targets }) => targets)
}

/** @throws Error when there is no target of this name. */
export async function loadTarget(name: string): Promise<FuzzTarget> {
  const group = await GROUPS[name.split('/')[0]!]?.()
  const target = group?.targets.find((each) => each.name === name)
  if (target === undefined) throw new Error(`there is no target ${name}`)
  return target
}
