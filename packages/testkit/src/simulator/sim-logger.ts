/** A logger that gives its lines to the world, which keeps them for a verbose replay. */

import type { LogFields, Logger } from '@hamlet/core'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export class SimLogger implements Logger {
  readonly #component: string
  readonly #write: (level: LogLevel, line: string) => void

  constructor(write: (level: LogLevel, line: string) => void, component = '') {
    this.#write = write
    this.#component = component
  }

  debug(message: string, fields?: LogFields): void {
    this.#log('debug', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.#log('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.#log('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.#log('error', message, fields)
  }

  forComponent(name: string): Logger {
    return new SimLogger(this.#write, name)
  }

  #log(level: LogLevel, message: string, fields: LogFields = {}): void {
    const details = Object.entries(fields).map(([key, value]) => `${key}=${value}`)
    this.#write(level, [this.#component, message, ...details].filter(Boolean).join(' '))
  }
}
