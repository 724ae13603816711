/**
 * The commands by families, each loaded only when one of its commands is run, or when all are told.
 *
 * The idea: most commands ask a running peer over HTTP and need nothing of what logs, tries and ledgers are made of. To read
 * all of it took two thirds of the time of a short command.
 *
 * Invariant: `names` are just those a family adds to the program (tested), so a word that is none of them is no command.
 */

import type { Command } from 'commander'

import type { UpParts } from './commands/up.ts'
import type { Io } from './io.ts'

type Add = (program: Command, io: Io, upParts?: UpParts) => void

interface Family {
  readonly names: readonly string[]
  readonly load: () => Promise<readonly Add[]>
}

/** In the order of `hamlet --help`. */
export const FAMILIES: readonly Family[] = [
  {
    names: ['up'],
    load: async () => [(await import('./commands/up.ts')).addUpCommand],
  },
  {
    names: ['status', 'id', 'peers', 'refused', 'forgive', 'name', 'words', 'open', 'version'],
    load: async () => [(await import('./commands/peer-commands.ts')).addPeerCommands],
  },
  {
    names: ['device', 'recover'],
    load: async () => [(await import('./commands/device-commands.ts')).addDeviceCommands],
  },
  {
    names: ['genkey', 'client', 'sign', 'submit'],
    load: async () => [(await import('./commands/client-commands.ts')).addClientCommands],
  },
  {
    names: ['space', 'discover', 'members', 'inspect', 'room', 'read'],
    load: async () => [(await import('./commands/space-commands.ts')).addSpaceCommands],
  },
  {
    names: ['member'],
    load: async () => [(await import('./commands/member-commands.ts')).addMemberCommands],
  },
  {
    names: ['aside', 'policy'],
    load: async () => [(await import('./commands/aside-commands.ts')).addAsideCommands],
  },
  {
    names: [
      'invite',
      'invites',
      'revoke',
      'join',
      'joins',
      'give-up',
      'requests',
      'approve',
      'decline',
    ],
    load: async () => [(await import('./commands/invite-commands.ts')).addInviteCommands],
  },
  {
    names: ['send', 'messages', 'message', 'edit', 'delete', 'react'],
    load: async () => [(await import('./commands/chat-commands.ts')).addChatCommands],
  },
  {
    names: ['follow'],
    load: async () => [(await import('./commands/follow.ts')).addFollowCommand],
  },
  {
    names: [
      'expense',
      'balances',
      'settle',
      'pay',
      'explain',
      'party',
      'lock',
      'ledger',
      'category',
      'couple',
      'budget',
      'template',
      'import',
      'export',
    ],
    load: async () => {
      const [expenses, balances, parties, ledgers, extras, files] = await Promise.all([
        import('./commands/expense-commands.ts'),
        import('./commands/balance-commands.ts'),
        import('./commands/party-commands.ts'),
        import('./commands/ledger-commands.ts'),
        import('./commands/extra-commands.ts'),
        import('./commands/ledger-file-commands.ts'),
      ])
      return [
        expenses.addExpenseCommands,
        balances.addBalanceCommands,
        parties.addPartyCommands,
        ledgers.addLedgerCommands,
        extras.addExtraCommands,
        files.addLedgerFileCommands,
      ]
    },
  },
  {
    names: ['share', 'get'],
    load: async () => [(await import('./commands/share-commands.ts')).addShareCommands],
  },
  {
    names: ['files'],
    load: async () => [(await import('./commands/files-commands.ts')).addFilesCommands],
  },
  {
    names: ['transfers'],
    load: async () => [(await import('./commands/transfer-commands.ts')).addTransferCommands],
  },
  {
    names: ['reputation', 'receipts'],
    load: async () => [(await import('./commands/reputation-commands.ts')).addReputationCommands],
  },
  {
    names: ['tracker'],
    load: async () => [(await import('./commands/tracker-commands.ts')).addTrackerCommands],
  },
  {
    names: ['log'],
    load: async () => [(await import('./commands/log-commands.ts')).addLogCommands],
  },
  {
    names: ['trie'],
    load: async () => [(await import('./commands/trie-commands.ts')).addTrieCommands],
  },
]

/** Adds the family of the command `word`, or all of them when it names none. */
export async function addFamilies(
  program: Command,
  io: Io,
  upParts: UpParts | undefined,
  word = '',
): Promise<void> {
  const asked = FAMILIES.filter(({ names }) => names.includes(word))
  const loaded = await Promise.all((asked.length > 0 ? asked : FAMILIES).map(({ load }) => load()))
  for (const add of loaded.flat()) add(program, io, upParts)
}
