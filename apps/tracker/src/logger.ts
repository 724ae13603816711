/** The `Logger` port over pino: JSON lines on standard error, peer strings escaped by JSON, long values cut. */

import { pino } from 'pino'
import type { Logger as PinoLogger } from 'pino'
import type { LogFields, Logger } from '@hamlet/core'

import type { LogLevel } from './configuration.ts'

/** Longest text in one field; what peers send is never longer in a log. */
const FIELD_LENGTH_MAX = 300

export function createPinoLogger(level: LogLevel): Logger {
  return wrap(pino({ level, base: null }, pino.destination({ fd: 2, sync: true })))
}

function wrap(inner: PinoLogger): Logger {
  return {
    debug: (message, fields) => inner.debug(cut(fields), message),
    info: (message, fields) => inner.info(cut(fields), message),
    warn: (message, fields) => inner.warn(cut(fields), message),
    error: (message, fields) => inner.error(cut(fields), message),
    forComponent: (name) => wrap(inner.child({ component: name })),
  }
}

function cut(fields: LogFields = {}): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.slice(0, FIELD_LENGTH_MAX) : value,
    ]),
  )
}
