/**
 * `npm run deployment`: what the compose file says, run without an engine.
 *
 * Services that are built here are started as processes with the commands, variables and health checks of
 * `deploy/compose.yaml` and `deploy/Dockerfile`, in the order in which they wait for each other, each once what it waits
 * for is healthy or done. PostgreSQL comes from this machine where its programs are, else the tracker keeps an SQLite
 * file. Images of others that need an engine (the proxy) are named and left out. At the end each service is stopped as an
 * engine would, and has to end by itself.
 */

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Places, ServiceProcess } from './deploy/as-processes.ts'
import type { Compose, ComposeService } from './deploy/compose.ts'
import { fillIn, readComposeFile } from './deploy/compose.ts'
import { splitInstructions } from './deploy/dockerfile.ts'
import { findPostgres, startPostgres } from './deploy/postgres-process.ts'
import type { DatabaseProcess } from './deploy/postgres-process.ts'
import { readText } from './source-tree.ts'

const HEALTHY_MS_MAX = 120_000
const HEALTH_PAUSE_MS = 700

export interface DeploymentOptions {
  readonly root: string
  /** These and what they wait for. @default all */
  readonly services?: readonly string[]
  readonly print: (line: string) => void
  /** Called when all is healthy. */
  readonly onRunning?: (running: Running) => Promise<void>
}

export interface Running {
  readonly services: readonly string[]
  readonly database: 'PostgreSQL' | 'SQLite'
  /** Where a port of a service is. */
  port(service: string, port: number): Promise<number>
  /** Runs a command as `docker compose exec SERVICE` would; what it printed. */
  exec(service: string, command: readonly string[]): Promise<string>
}

/** The exit code of each service that was stopped. @throws Error when one does not become healthy, with its output */
export async function runDeployment(
  options: DeploymentOptions,
): Promise<ReadonlyMap<string, number | null>> {
  const folder = mkdtempSync(join(tmpdir(), 'hamlet-deployment-'))
  // PostgreSQL runs as another user and has to reach its part of it.
  chmodSync(folder, 0o711)
  const deployment = new Deployment(options, folder)
  try {
    await deployment.start()
    await options.onRunning?.(deployment)
    return await deployment.stop()
  } finally {
    deployment.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

class Deployment implements Running {
  readonly #options: DeploymentOptions
  readonly #folder: string
  readonly #compose: Compose
  readonly #places: Places
  readonly #variables = { DATABASE_PASSWORD: randomBytes(12).toString('hex') }
  readonly #processes: ServiceProcess[] = []
  #database: DatabaseProcess | undefined

  constructor(options: DeploymentOptions, folder: string) {
    const { root } = options
    this.#options = options
    this.#folder = folder
    this.#compose = readComposeFile(root, 'deploy/compose.yaml')
    const image = splitInstructions(readText(root, 'deploy/Dockerfile'))
    this.#places = new Places(root, folder, this.#compose, image, this.#variables)
  }

  get services(): readonly string[] {
    return this.#processes.map(({ name }) => name)
  }

  get database(): 'PostgreSQL' | 'SQLite' {
    return this.#database === undefined ? 'SQLite' : 'PostgreSQL'
  }

  port(service: string, port: number): Promise<number> {
    return this.#places.port(service, port)
  }

  async exec(service: string, command: readonly string[]): Promise<string> {
    const { command: words, environment } = await this.#places.translate(service, command)
    const [program = '', ...args] = words
    return new Promise((resolve, reject) => {
      const options = { cwd: this.#options.root, env: environment }
      execFile(program, args, options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`${service}: ${words.join(' ')}: ${stderr || error.message}`))
      })
    })
  }

  async start(): Promise<void> {
    for (const name of startOrder(this.#compose, this.#options.services)) {
      const service = this.#compose.services[name] ?? {}
      if (name === 'database') await this.#startDatabase(service)
      else if (service.build === undefined)
        this.#print(`${name}: ${service.image} needs an engine, left out`)
      else await this.#startService(name, service)
    }
  }

  /** In the opposite order. */
  async stop(): Promise<ReadonlyMap<string, number | null>> {
    const codes = new Map<string, number | null>()
    for (const process of this.#processes.toReversed()) {
      if (process.hasEnded) continue
      const { stop_signal: signal = 'SIGTERM', stop_grace_period: grace = '10s' } =
        this.#compose.services[process.name] ?? {}
      const code = await process.stop(signal as NodeJS.Signals, Number.parseInt(grace, 10) * 1000)
      codes.set(process.name, code)
      this.#print(`${process.name}: ${code === null ? 'had to be killed' : `ended with ${code}`}`)
    }
    this.#database?.stop()
    this.#database = undefined
    return codes
  }

  /** Whatever is left. */
  kill(): void {
    for (const process of this.#processes) process.kill()
    this.#database?.stop()
    this.#database = undefined
  }

  async #startDatabase(service: ComposeService): Promise<void> {
    const programs = findPostgres()
    if (programs === undefined) {
      this.#print('database: no PostgreSQL on this machine, so the tracker keeps an SQLite file')
      return
    }
    const variables = Object.fromEntries(
      Object.entries(service.environment ?? {}).map(([name, text]) => [
        name,
        fillIn(text, this.#variables),
      ]),
    )
    const port = await this.port('database', 5432)
    this.#database = startPostgres(programs, join(this.#folder, 'database'), port, variables)
    await this.#becomeHealthy('database', service, {
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    })
    this.#print('database: PostgreSQL of this machine, healthy')
  }

  async #startService(name: string, service: ComposeService): Promise<void> {
    const translated = await this.#places.translate(name, service.command ?? [])
    const { DATABASE_URL: database, ...others } = translated.environment
    const environment =
      database === undefined || this.#database === undefined
        ? others
        : { ...others, DATABASE_URL: database }
    const started = new ServiceProcess(name, this.#options.root, { ...translated, environment })
    this.#processes.push(started)
    if (service.restart === 'no') {
      const code = await started.ended
      if (code !== 0) throw new Error(`${name} ended with ${code}:\n${started.output}`)
      this.#print(`${name}: done`)
      return
    }
    await this.#becomeHealthy(name, service, {}, started)
    this.#print(`${name}: healthy`)
  }

  async #becomeHealthy(
    name: string,
    service: ComposeService,
    variables: Readonly<Record<string, string>>,
    started?: ServiceProcess,
  ): Promise<void> {
    const test = (service.healthcheck?.test ?? []).slice(1)
    const { command, environment } = await this.#places.translate(name, test)
    const endMs = Date.now() + HEALTHY_MS_MAX
    for (;;) {
      const check = new ServiceProcess(name, this.#options.root, {
        command,
        environment: { ...environment, ...variables },
      })
      if ((await check.ended) === 0) return
      if (started?.hasEnded === true || Date.now() > endMs) {
        throw new Error(`${name} is not healthy: ${check.output}\n${started?.output ?? ''}`)
      }
      await new Promise((resolve) => setTimeout(resolve, HEALTH_PAUSE_MS))
    }
  }

  #print(line: string): void {
    this.#options.print(line)
  }
}

/** Each service after those it waits for. */
export function startOrder(
  { services }: Compose,
  wanted: readonly string[] = Object.keys(services),
): readonly string[] {
  const order: string[] = []
  const add = (name: string): void => {
    if (order.includes(name)) return
    for (const before of Object.keys(services[name]?.depends_on ?? {})) add(before)
    order.push(name)
  }
  for (const name of wanted) add(name)
  return order
}

if (import.meta.main) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const codes = await runDeployment({
    root,
    print: (line) => console.log(line),
    async onRunning(running) {
      const status = await running.exec('anna', ['hamlet', 'status', '--json'])
      const { connectedPeers } = JSON.parse(status) as { readonly connectedPeers: number }
      console.log(`all of it runs; anna is connected with ${connectedPeers}`)
    },
  })
  if ([...codes.values()].some((code) => code !== 0)) process.exitCode = 1
}
