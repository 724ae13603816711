/** A logger and metrics that keep nothing: for examples, tests and embedders that do not want any. */

import type { Logger, Metrics } from './ports.ts'

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  forComponent: () => silentLogger,
}

export const silentMetrics: Metrics = {
  count() {},
  gauge() {},
  observe() {},
}
