/** Prometheus metrics of one process (prom-client); names and labels come from code, never from peers. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export class TrackerMetrics {
  readonly registry = new Registry()
  /** Answered requests by method and class of status. */
  readonly #requests: Counter
  readonly #refusals: Counter
  readonly #seconds: Histogram
  readonly #connections: Gauge
  readonly #databaseUp: Gauge

  constructor() {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
    this.#requests = new Counter({
      name: 'hamlet_tracker_requests_total',
      help: 'Requests that were answered.',
      labelNames: ['method', 'status'],
      registers,
    })
    this.#refusals = new Counter({
      name: 'hamlet_tracker_refusals_total',
      help: 'Requests that were refused, by error code.',
      labelNames: ['code'],
      registers,
    })
    this.#seconds = new Histogram({
      name: 'hamlet_tracker_request_seconds',
      help: 'Time from the headers of a request to the end of its answer.',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    })
    this.#connections = new Gauge({
      name: 'hamlet_tracker_connections',
      help: 'Connections that are open.',
      registers,
    })
    this.#databaseUp = new Gauge({
      name: 'hamlet_tracker_database_up',
      help: 'Whether the database answered when it was asked last.',
      registers,
    })
  }

  countRequest(method: string, status: number, seconds: number): void {
    this.#requests.inc({ method, status: `${Math.floor(status / 100)}xx` })
    this.#seconds.observe(seconds)
  }

  countRefusal(code: string): void {
    this.#refusals.inc({ code })
  }

  setConnections(count: number): void {
    this.#connections.set(count)
  }

  setDatabaseUp(isUp: boolean): void {
    this.#databaseUp.set(isUp ? 1 : 0)
  }
}
