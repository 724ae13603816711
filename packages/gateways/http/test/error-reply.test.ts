import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HamletError } from '@hamlet/core'
import { importFile } from '@hamlet/expenses'

import { errorBody, errorToReply, stackOf } from '../src/error-reply.ts'
import { ApiError } from '../src/errors.ts'

function noHash(): Uint8Array {
  return new Uint8Array(32)
}

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  SPACE_NOT_FOUND: 404,
  SPACE_UNKNOWN: 404,
  UNKNOWN_ROOM: 404,
  SPACE_READ_ONLY: 403,
  INVITE_FORBIDDEN: 403,
  NOT_AUTHOR: 403,
  REQUEST_CONFLICT: 409,
  ALREADY_MEMBER: 409,
  INVITE_EXPIRED: 409,
  MESSAGE_DELETED: 409,
  SPACE_FROZEN: 409,
  SPACE_UNCONFIRMED: 409,
  SPACE_NEWER_RULES: 409,
  LEDGER_UNKNOWN: 404,
  LEDGER_VERDICT_NOT_ALLOWED: 403,
  LEDGER_ADMINS_ONLY: 403,
  LEDGER_ARCHIVED: 409,
  LEDGER_BAD_EXPENSE: 400,
  AMOUNT_TOO_LARGE: 400,
  SPLIT_REST: 400,
  IMPORT_UNKNOWN_KIND: 400,
  IMPORT_NEWER: 400,
  IMPORT_TOO_LARGE: 413,
  MESSAGE_TOO_LARGE: 413,
  NAME_TOO_LONG: 413,
  STORE_FULL: 507,
  STORE_SYNC_FAILED: 500,
  LOG_DAMAGED: 500,
  SPACE_DISK: 500,
  SPACE_UNUSABLE: 500,
  SPACE_CLOSED: 503,
  INVITE_BAD_LINK: 400,
  NAME_EMPTY: 400,
}

for (const [code, status] of Object.entries(STATUS_BY_CODE)) {
  test(`${code} travels as ${status} with its code, words and facts`, () => {
    const fields = { expected: 1, actual: undefined }
    const reply = errorToReply(new HamletError(code, 'what happened', { fields }))
    assert.deepEqual(reply, { status, code, message: 'what happened', fields: { expected: 1 } })
  })
}

test('where a file is malformed travels with the refusal', () => {
  const file = new TextEncoder().encode('{"format":"hamlet-ledger",\n "version": }')
  const imported = importFile(file, { hash: noHash })
  assert.ok(!imported.ok)
  const { status, code, fields } = errorToReply(imported.error)!
  assert.deepEqual(
    { status, code, fields },
    { status: 400, code: 'IMPORT_BAD_JSON', fields: { line: 2, column: 13 } },
  )
})

test('an ApiError keeps its status, and one without a reply is a bad gateway', () => {
  assert.equal(errorToReply(new ApiError('UNAUTHORIZED', '', 401))?.status, 401)
  assert.equal(errorToReply(new ApiError('PEER_UNREACHABLE', '', 0))?.status, 502)
})

test('a full disk is told as such, whatever gave up because of it', () => {
  const full = new HamletError('STORE_FULL', 'no space left')
  const log = new HamletError('LOG_FAILED', 'not durable', { cause: full })
  const space = new HamletError('SPACE_DISK', 'not stored', { cause: log })
  const expected = { status: 507, code: 'STORE_FULL', message: 'not stored' }
  assert.deepEqual(errorToReply(space), expected)
})

test('what carries no code of ours is a defect', () => {
  const systemError = Object.assign(new Error('secret path'), { code: 'ENOENT' })
  for (const thrown of [new TypeError('x'), systemError, { code: 'NOT_FOUND' }, 'text', null]) {
    assert.equal(errorToReply(thrown), undefined)
  }
})

test('the body leaves the status out', () => {
  const body = errorBody({ status: 404, code: 'X', message: 'y' })
  assert.deepEqual(body, { error: { code: 'X', message: 'y' } })
})

test('the stack for the log is bounded', () => {
  assert.equal(stackOf(new Error('x'.repeat(10_000))).length, 2000)
  assert.equal(stackOf('thrown text'), 'thrown text')
})
