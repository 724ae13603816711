/**
 * What is wrong with the compose file, found without an engine.
 *
 * The idea: parse it as an engine would (YAML with merge keys, then variables), then follow every name it uses to what
 * it names, and hold each service to the rules of this repository: pinned, healthy, bounded, without rights it does not
 * need, waiting for what it depends on.
 *
 * Format: https://github.com/compose-spec/compose-spec. Keys are a list of those in use: a misspelt one is refused.
 */

import { existsSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { parse } from 'yaml'
import type { Finding } from '../source-tree.ts'
import { readText } from '../source-tree.ts'

/** As far as it is read here; everything may be missing. */
export interface ComposeService {
  readonly image?: string
  readonly build?: { readonly context?: string; readonly dockerfile?: string }
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly networks?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition?: string }>>
  readonly healthcheck?: { readonly test?: readonly string[] }
  readonly restart?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly mem_limit?: string
  readonly stop_signal?: string
  readonly stop_grace_period?: string
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const TOP_KEYS = new Set(['name', 'services', 'networks', 'volumes'])
const SERVICE_KEYS = new Set(
  (
    'image build command environment ports volumes networks depends_on healthcheck restart init read_only tmpfs cap_drop ' +
    'cap_add security_opt mem_limit shm_size stop_signal stop_grace_period logging'
  ).split(' '),
)
const HEALTH_KEYS = new Set('test interval timeout retries start_period start_interval'.split(' '))
const CONDITIONS = new Set(['service_healthy', 'service_completed_successfully'])
const PINNED = /^[a-z0-9./-]+:\d+\.\d+[a-z0-9.-]*$/
/** `$${` is a dollar and no variable. */
const VARIABLE = /(?<!\$)\$\{([A-Z_]+)(?:(:?[-?])([^}]*))?\}/g

export function readComposeFile(root: string, file: string): Compose {
  const document = parse(readText(root, file), { merge: true }) as Partial<Compose> | null
  return {
    services: document?.services ?? {},
    networks: document?.networks ?? {},
    volumes: document?.volumes ?? {},
  }
}

/** A text with its variables filled in; `$$` is a dollar. @throws Error for a required one that is missing */
export function fillIn(text: string, variables: Readonly<Record<string, string>>): string {
  const filled = text.replace(VARIABLE, (_, name: string, mark?: string, word?: string) => {
    const value = variables[name] ?? ''
    if (value !== '') return value
    if (mark?.endsWith('?') === true) throw new Error(`${name} is not set: ${word}`)
    return mark?.endsWith('-') === true ? (word ?? '') : ''
  })
  return filled.replaceAll('$$', '$')
}

export function checkCompose(root: string, file: string): readonly Finding[] {
  const text = readText(root, file)
  let document: Record<string, unknown> | null
  try {
    document = parse(text, { merge: true }) as Record<string, unknown> | null
  } catch (error) {
    return [{ file, message: String(error) }]
  }
  const compose = readComposeFile(root, file)
  const messages = [
    ...Object.keys(document ?? {})
      .filter((key) => !TOP_KEYS.has(key) && !key.startsWith('x-'))
      .map((key) => `${key} is not a key that is used here`),
    ...Object.entries(compose.services).flatMap(([name, service]) =>
      [
        ...checkShape(service),
        ...checkNames(compose, service),
        ...checkCommand(root, file, service),
        ...checkRights(service),
      ].map((message) => `${name}: ${message}`),
    ),
    ...checkUnused(compose),
    ...checkOrder(compose),
    ...checkVariables(root, posix.join(dirname(file), '.env.example'), text),
  ]
  return messages.map((message) => ({ file, message }))
}

function checkShape(service: ComposeService): readonly string[] {
  const health = service.healthcheck
  const isTask = service.restart === 'no'
  return [
    ...Object.keys(service)
      .filter((key) => !SERVICE_KEYS.has(key))
      .map((key) => `${key} is not a key that is used here`),
    ...Object.keys(health ?? {})
      .filter((key) => !HEALTH_KEYS.has(key))
      .map((key) => `healthcheck: ${key} is not a key of it`),
    ...(PINNED.test(service.image ?? '') ? [] : ['image: name an exact version']),
    ...(isTask || health?.test?.[0] === 'CMD' ? [] : ['no health check in exec form']),
    ...(service.restart === undefined ? ['says nothing about restarts'] : []),
    ...(service.mem_limit === undefined ? ['may take all memory'] : []),
  ]
}

function checkNames(compose: Compose, service: ComposeService): readonly string[] {
  const volumes = (service.volumes ?? []).map((each) => each.split(':'))
  const waits = Object.entries(service.depends_on ?? {})
  return [
    ...(service.networks ?? []).filter((each) => !(each in compose.networks)),
    ...volumes
      .map(([name]) => name ?? '')
      .filter((name) => !isFile(name) && !(name in compose.volumes)),
    ...waits.map(([name]) => name).filter((name) => !(name in compose.services)),
  ]
    .map((name) => `there is no ${name}`)
    .concat(
      volumes
        .filter(([, target, mode]) => !target?.startsWith('/') || !['ro', undefined].includes(mode))
        .map((parts) => `volume ${parts.join(':')}: name:/place or name:/place:ro`),
      waits.flatMap(([name, { condition = '' }]) => checkWait(compose, name, condition)),
      (service.ports ?? []).filter((port) => !isPort(port)).map((port) => `${port} is no port`),
    )
}

function checkWait(compose: Compose, name: string, condition: string): readonly string[] {
  const isTask = compose.services[name]?.restart === 'no'
  if (!CONDITIONS.has(condition)) return [`waits for ${name}, but not for it to be ready`]
  const isFitting = isTask === (condition === 'service_completed_successfully')
  return isFitting ? [] : [`${name} ${isTask ? 'ends' : 'does not end'}: another condition`]
}

/** A file beside the compose file, and no volume. */
function isFile(source: string): boolean {
  return source.startsWith('./')
}

function isPort(text: string): boolean {
  const filled = text.replace(VARIABLE, (_, _name, _mark, word: string) => word)
  const [, published, target] = /^(?:[\d.]+:)?(\d+):(\d+)$/.exec(filled) ?? []
  return [published, target].every((each) => Number(each) > 0 && Number(each) < 65_536)
}

/** What is built and what is run has to be there, and what is published has to be listened to. */
function checkCommand(root: string, file: string, service: ComposeService): readonly string[] {
  const { build, command = [], healthcheck, environment = {} } = service
  const folder = posix.join(dirname(file), build?.context ?? '.')
  const built = build === undefined ? [] : [posix.join(folder, build.dockerfile ?? 'Dockerfile')]
  const scripts = [command, (healthcheck?.test ?? []).slice(1)]
    .filter(([program]) => program === 'node')
    .map(([, script = '']) => script)
  const files = (service.volumes ?? [])
    .filter(isFile)
    .map((volume) => posix.join(dirname(file), volume.split(':')[0] ?? ''))
  const missing = [...built, ...scripts, ...files].filter((path) => !existsSync(join(root, path)))
  // What an image of others listens to is its own business.
  const words = [...command, ...Object.values(environment)].join(' ')
  const deaf = (build === undefined ? [] : (service.ports ?? []))
    .map((port) => port.split(':').at(-1) ?? '')
    .filter((port) => !new RegExp(`\\b${port}\\b`).test(words))
  return [
    ...missing.map((path) => `there is no ${path}`),
    ...deaf.map((port) => `nothing listens to ${port}`),
    ...(Array.isArray(service.command ?? []) ? [] : ['write the command as a list']),
  ]
}

function checkRights(service: ComposeService): readonly string[] {
  const isOurs = service.build !== undefined
  const options = service.security_opt ?? []
  return [
    ...(options.includes('no-new-privileges:true') ? [] : ['may gain privileges']),
    ...(isOurs && service.read_only !== true ? ['may write to its image'] : []),
    ...(isOurs && service.cap_drop?.includes('ALL') !== true ? ['keeps capabilities'] : []),
  ]
}

function checkUnused({ services, networks, volumes }: Compose): readonly string[] {
  const all = Object.values(services)
  const used = new Set([
    ...all.flatMap((each) => each.networks ?? []),
    ...all.flatMap((each) => (each.volumes ?? []).map((volume) => volume.split(':')[0] ?? '')),
  ])
  const published = all.flatMap((each) =>
    (each.ports ?? []).map((port) => port.split(':')[0] ?? ''),
  )
  const twice = published.filter((port, index) => published.indexOf(port) !== index)
  return [
    ...[...Object.keys(networks), ...Object.keys(volumes)]
      .filter((name) => !used.has(name))
      .map((name) => `${name} is used by no service`),
    ...twice.map((port) => `${port} is published twice`),
  ]
}

/** Services that wait for each other never start. */
function checkOrder({ services }: Compose): readonly string[] {
  const isStuck = (name: string, path: readonly string[]): boolean =>
    path.includes(name) ||
    Object.keys(services[name]?.depends_on ?? {}).some((next) => isStuck(next, [...path, name]))
  const stuck = Object.keys(services).filter((name) => isStuck(name, []))
  return stuck.length === 0 ? [] : [`${stuck.join(', ')} wait for each other`]
}

function checkVariables(root: string, example: string, text: string): readonly string[] {
  const used = new Set([...text.matchAll(VARIABLE)].map(([, name]) => name ?? ''))
  const lines = existsSync(join(root, example)) ? readText(root, example).split('\n') : []
  const told = new Set(lines.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []))
  const bare = [...text.matchAll(VARIABLE)].filter(([, , mark]) => mark === undefined)
  return [
    ...[...used].filter((name) => !told.has(name)).map((name) => `${name} is not in ${example}`),
    ...[...told].filter((name) => !used.has(name)).map((name) => `${example}: ${name} is not used`),
    ...bare.map(([whole]) => `${whole} may be empty: give a default or require it`),
  ]
}
