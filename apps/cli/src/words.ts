/** What errors say to a person: what happened, what it means for their data, what to do. By code; others speak for themselves. */

import { errorCode, HamletError } from '@hamlet/core'

const WORDS: Readonly<Record<string, string>> = {
  ROUTE_NOT_FOUND: 'The Hamlet that runs here cannot do that, or is older than this command.',
  STORE_FULL:
    'The disk is full. What you wrote is not saved. Free some space and try again; nothing older is lost.',
  BLOB_QUOTA:
    'There is no room for that within the quota. Nothing of it was kept. Give more with: hamlet transfers limit --quota SIZE, or free some with: hamlet files free SHARE',
  FILES_NOT_ALLOWED: 'Only who shared it and admins may do that. Nothing was changed.',
  STORE_LOCKED:
    'Another Hamlet already runs on this data directory. Use it, or stop it first, or choose another with --data.',
  HTTP_PORT_TAKEN:
    'Another program uses this port. Choose another with --http 127.0.0.1:PORT, or leave --http out.',
  HTTP_NOT_LOOPBACK:
    'Hamlet answers on this machine only. Use --http 127.0.0.1:PORT, [::1]:PORT or localhost:PORT.',
  HTTP_UNSAFE_PERMISSIONS:
    'The folder or file is open to other users of this machine. Close it with chmod go= and try again.',
  UNAUTHORIZED:
    'The running Hamlet does not accept the token of this data directory. Restart it with: hamlet up',
  RATE_LIMITED: 'Too many requests at once. Wait a second and try again; nothing was changed.',
  PEER_UNREACHABLE:
    'Hamlet stopped answering. Whether the last change was saved is not known: look before repeating it.',
  SPACE_NOT_MEMBER:
    'You are not a member of this space any more: it can be read here and not be written to. Nothing was changed.',
  SPACE_OWNER_STAYS: 'You own this space. Hand it over first: hamlet member transfer SPACE PERSON',
  SPACE_STILL_MEMBER: 'You are a member of this space. Leave it first: hamlet member leave SPACE',
  SPACE_FORBIDDEN: 'Your role in this space does not allow that. Nothing was changed.',
  SPACE_UNCONFIRMED:
    'The files of this device were copied or put back from a backup. Nothing was saved: it waits for another device of the space to confirm that nothing you wrote is missing. Not to wait: hamlet space write-anyway SPACE',
  SPACE_NEWER_RULES:
    'The owner of this space uses rules of a newer version of Hamlet. Nothing was saved: update Hamlet to write here.',
  SPACE_DAY_SPENT:
    'This device has written as much in this space as it may in a day. What was written before stays; the rest can be written later. An import can be run again then: it goes on where it stopped.',
  LEDGER_ARCHIVED:
    'The bills of this space are archived. Nothing was saved. An admin can open them again: hamlet ledger settings SPACE --reopen',
  BAD_REPLY: 'What answers is not this version of Hamlet. Restart it with: hamlet up',
}

/** Of a bill that does not hold together, by the reason in its fields. */
const BILL_WORDS: Readonly<Record<string, string>> = {
  SPLIT_REST:
    'The parts come to less than the amount, and nobody takes the rest. Say who does with --for.',
  SPLIT_OVER: 'The parts come to more than the amount.',
  SPLIT_PAID_SUM: 'What was paid does not come to the amount.',
  SPLIT_PERCENT_SUM: 'The percentages come to more than 100.',
  SPLIT_NEGATIVE: 'Somebody would owe less than nothing.',
  SPLIT_PARTY_TWICE: 'Somebody is named twice in one list.',
}

/** One or two sentences. Errors without a code are defects and show their message as it is. */
export function errorWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const code = errorCode(error)
  const words = code === undefined ? undefined : (WORDS[code] ?? billWords(error))
  if (words !== undefined) return `${words} (${message})`
  const sentence = message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?)]$/.test(sentence) ? sentence : `${sentence}.`
}

function billWords(error: unknown): string | undefined {
  const reason = error instanceof HamletError ? error.fields['reason'] : undefined
  return typeof reason === 'string' ? BILL_WORDS[reason] : undefined
}
