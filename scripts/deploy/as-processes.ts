/**
 * The services of the compose file as processes of this machine: the same commands, with what a container would give them
 * put in its place.
 *
 * What is different, and all that is: a volume is a folder, a port is any free one, the name of a service and 0.0.0.0 are
 * loopback, and the image's links and variables (of the Dockerfile) come from a folder of their own.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Compose, ComposeService } from './compose.ts'
import { fillIn } from './compose.ts'
import type { Instruction } from './dockerfile.ts'

const OUTPUT_CHARACTERS_MAX = 20_000

export interface Translated {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** Puts the places of containers into those of this machine. */
export class Places {
  readonly #root: string
  readonly #folder: string
  readonly #compose: Compose
  readonly #variables: Readonly<Record<string, string>>
  readonly #imageVariables: Readonly<Record<string, string>>
  readonly #ports = new Map<string, number>()

  /** `folder`: empty, for volumes and programs. */
  constructor(
    root: string,
    folder: string,
    compose: Compose,
    image: readonly Instruction[],
    variables: Readonly<Record<string, string>>,
  ) {
    this.#root = root
    this.#folder = folder
    this.#compose = compose
    this.#variables = variables
    this.#imageVariables = variablesOf(image)
    mkdirSync(this.#programs)
    mkdirSync(join(folder, 'home'))
    symlinkSync(process.execPath, join(this.#programs, 'node'))
    for (const { text } of image) {
      for (const [, path, name] of text.matchAll(
        /\bln -s \/app\/(\S+) \/usr\/local\/bin\/(\S+)/g,
      )) {
        symlinkSync(join(root, path!), join(this.#programs, name!))
      }
    }
  }

  get #programs(): string {
    return join(this.#folder, 'programs')
  }

  /** The folder of a named volume. */
  volume(name: string): string {
    const path = join(this.#folder, 'volumes', name)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }

  /** Where a port of a service is on this machine: always the same one. */
  async port(service: string, port: number): Promise<number> {
    const key = `${service}:${port}`
    const known = this.#ports.get(key)
    if (known !== undefined) return known
    const free = await freePort()
    this.#ports.set(key, free)
    return free
  }

  async translate(name: string, command: readonly string[]): Promise<Translated> {
    const service = this.#compose.services[name] ?? {}
    const own = { ...this.#imageVariables, ...service.environment }
    const environment: Record<string, string> = {}
    for (const [variable, text] of Object.entries(own)) {
      const isPort = variable.endsWith('_PORT') && /^\d+$/.test(text)
      environment[variable] = isPort
        ? String(await this.port(name, Number(text)))
        : await this.#inPlace(name, service, text)
    }
    return {
      command: await Promise.all(command.map((word) => this.#inPlace(name, service, word))),
      environment: {
        ...environment,
        HOME: join(this.#folder, 'home'),
        PATH: `${this.#programs}:${process.env['PATH'] ?? ''}`,
        NODE_COMPILE_CACHE: join(this.#root, 'node_modules/.cache/compile'),
      },
    }
  }

  async #inPlace(name: string, service: ComposeService, word: string): Promise<string> {
    let text = fillIn(word, this.#variables)
    const names = Object.keys(this.#compose.services).join('|')
    text = await replaceAll(
      text,
      new RegExp(`/dns4/(${names})/tcp/(\\d+)`, 'g'),
      async ([, to, port]) => {
        return `/ip4/127.0.0.1/tcp/${await this.port(to!, Number(port))}`
      },
    )
    text = await replaceAll(text, /\/ip4\/0\.0\.0\.0\/tcp\/(\d+)/g, async ([, port]) => {
      return `/ip4/127.0.0.1/tcp/${await this.port(name, Number(port))}`
    })
    text = await replaceAll(
      text,
      new RegExp(`\\b(${names}|127\\.0\\.0\\.1):(\\d+)`, 'g'),
      async ([, to, port]) => {
        const at = to === '127.0.0.1' ? name : to!
        return `127.0.0.1:${await this.port(at, Number(port))}`
      },
    )
    text = text.replaceAll('0.0.0.0', '127.0.0.1')
    for (const volume of service.volumes ?? []) {
      const [source = '', target = ''] = volume.split(':')
      if (source.startsWith('./')) continue
      text = text.replaceAll(
        new RegExp(`(?<![\\w./-])${target}(?=$|[/\\s")])`, 'g'),
        this.volume(source),
      )
    }
    return text
  }
}

async function replaceAll(
  text: string,
  pattern: RegExp,
  replace: (match: RegExpMatchArray) => Promise<string>,
): Promise<string> {
  let replaced = ''
  let end = 0
  for (const match of text.matchAll(pattern)) {
    replaced += text.slice(end, match.index) + (await replace(match))
    end = match.index + match[0].length
  }
  return replaced + text.slice(end)
}

function variablesOf(image: readonly Instruction[]): Readonly<Record<string, string>> {
  const pairs = image
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ text }) => [...text.matchAll(/(\w+)=(\S+)/g)])
  return Object.fromEntries(pairs.map(([, name, value]) => [name!, value!]))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** One process, with what it printed and how it ended. */
export class ServiceProcess {
  readonly name: string
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess
  output = ''

  constructor(name: string, cwd: string, { command, environment }: Translated) {
    const [program = '', ...args] = command
    this.name = name
    this.#child = spawn(program, args, {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.output += String(error)
        resolve(null)
      })
      this.#child.on('close', (code) => resolve(code))
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-OUTPUT_CHARACTERS_MAX)
      })
    }
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** As an engine stops it: the signal, and after `graceMs` the end. The exit code, or `null` when it had to be killed. */
  async stop(signal: NodeJS.Signals, graceMs: number): Promise<number | null> {
    this.#child.kill(signal)
    const timer = setTimeout(() => this.kill(), graceMs)
    const code = await this.ended
    clearTimeout(timer)
    return code
  }

  /** With whatever it has started. */
  kill(): void {
    if (this.#child.pid === undefined || this.hasEnded) return
    process.kill(-this.#child.pid, 'SIGKILL')
  }
}
