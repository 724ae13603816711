/**
 * What is wrong with a Dockerfile, found without an engine.
 *
 * The idea: read it as instructions, follow what refers to something (a stage, a file of the repository, a package's
 * version), and hold it to the rules that matter for a service: known base images, no root, nothing in shell form that
 * keeps signals from the process, nothing copied that the ignore file leaves out.
 *
 * Format: https://docs.docker.com/reference/dockerfile/. Heredocs are not read, and refused.
 */

import { existsSync, globSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'
import type { Finding } from '../source-tree.ts'
import { readManifest, readText } from '../source-tree.ts'

export interface Instruction {
  readonly line: number
  /** In capitals. */
  readonly name: string
  readonly text: string
}

interface Stage {
  readonly name: string
  readonly image: string
  readonly instructions: readonly Instruction[]
}

const KNOWN = new Set(
  'FROM RUN CMD LABEL EXPOSE ENV COPY ENTRYPOINT VOLUME USER WORKDIR ARG STOPSIGNAL HEALTHCHECK'.split(
    ' ',
  ),
)
const EXEC_ONLY = new Set(['CMD', 'ENTRYPOINT'])
/** An image by its exact version: `name:1.2.3-suffix`, or by digest. */
const PINNED = /^[a-z0-9./-]+(:\d+\.\d+(\.\d+)?[a-z0-9.-]*)?(@sha256:[0-9a-f]{64})?$/

/** Instructions with continued lines joined and comments left out. */
export function splitInstructions(text: string): readonly Instruction[] {
  const instructions: Instruction[] = []
  let line = 0
  let start = 0
  let joined = ''
  for (const raw of text.split('\n')) {
    line += 1
    if (/^\s*(#|$)/.test(raw)) continue
    if (joined === '') start = line
    joined += `${raw.replace(/\\\s*$/, '').trim()} `
    if (/\\\s*$/.test(raw)) continue
    const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(joined.trim()) ?? []
    instructions.push({ line: start, name: name.toUpperCase(), text: rest })
    joined = ''
  }
  return instructions
}

/** The command of the last stage, as it is run. */
export function defaultCommand(instructions: readonly Instruction[]): readonly string[] {
  const last = instructions.findLast(({ name }) => name === 'CMD')
  return last === undefined ? [] : (asList(last.text) ?? [])
}

export function checkDockerfile(root: string, file: string): readonly Finding[] {
  const instructions = splitInstructions(readText(root, file))
  const stages = splitStages(instructions)
  const ignored = ignoreRules(root, `${file}.dockerignore`)
  const finding = ({ line }: Pick<Instruction, 'line'>, message: string): Finding => ({
    file,
    line,
    message,
  })
  return [
    ...instructions.flatMap((each) => checkSyntax(each).map((message) => finding(each, message))),
    ...instructions.flatMap((each) => checkRun(root, each).map((m) => finding(each, m))),
    ...checkStages(root, stages).map(({ line, message }) => finding({ line }, message)),
    ...instructions
      .filter(({ name }) => name === 'COPY')
      .flatMap((each) => checkCopy(root, each, stages, ignored).map((m) => finding(each, m))),
    ...checkLastStage(stages).map((message) =>
      finding(instructions.at(-1) ?? { line: 1 }, message),
    ),
  ]
}

function checkSyntax({ name, text }: Instruction): readonly string[] {
  if (!KNOWN.has(name)) return [`${name} is not an instruction that is used here`]
  if (text.includes('<<')) return ['heredocs are not checked: write a script']
  if (EXEC_ONLY.has(name) && asList(text) === undefined) {
    return [`write ${name} as a list: in a shell the process would not get its signals`]
  }
  if (name === 'WORKDIR' && !text.startsWith('/')) return ['WORKDIR is absolute']
  if ((name === 'ENV' || name === 'ARG') && /password|secret|token/i.test(text)) {
    return ['a secret stays in every layer of the image: give it at run time']
  }
  return []
}

/** A script that is run has to be there. */
function checkRun(root: string, { name, text }: Instruction): readonly string[] {
  if (name !== 'RUN') return []
  const scripts = [...text.matchAll(/(?<![\w:])node (\S+\.m?[jt]s)\b/g)].map(
    ([, path]) => path ?? '',
  )
  const links = [...text.matchAll(/\bln -s \/app\/(\S+)/g)].map(([, path]) => path ?? '')
  const missing = [...scripts, ...links].filter((path) => !existsSync(join(root, path)))
  const installs = /\bapt-get install\b/.test(text) && !/rm -rf \/var\/lib\/apt\/lists/.test(text)
  return [
    ...missing.map((path) => `there is no ${path}`),
    ...(installs ? ['apt-get leaves its lists in the layer'] : []),
  ]
}

function splitStages(instructions: readonly Instruction[]): readonly Stage[] {
  const stages: { name: string; image: string; instructions: Instruction[] }[] = []
  for (const each of instructions) {
    if (each.name === 'FROM') {
      const [, image = '', name = ''] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(each.text) ?? []
      stages.push({ name, image, instructions: [] })
    }
    stages.at(-1)?.instructions.push(each)
  }
  return stages
}

function checkStages(
  root: string,
  stages: readonly Stage[],
): readonly { readonly line: number; readonly message: string }[] {
  const pinnedNode = readManifest(root, 'package.json').devDependencies['node']
  return stages.flatMap(({ image, instructions }, index) => {
    const line = instructions[0]?.line ?? 1
    if (stages.slice(0, index).some(({ name }) => name === image)) return []
    const [name, version = ''] = image.split(':')
    if (!PINNED.test(image) || version === '') {
      return [{ line, message: `${image || 'FROM'}: name an exact version or an earlier stage` }]
    }
    const isOther = name === 'node' && !version.startsWith(`${pinnedNode ?? ''}-`)
    return isOther ? [{ line, message: `${image}: the tests run on Node ${pinnedNode}` }] : []
  })
}

function checkCopy(
  root: string,
  { text, line }: Instruction,
  stages: readonly Stage[],
  isIgnored: (path: string) => boolean,
): readonly string[] {
  const words = text.split(/\s+/)
  const flags = words.filter((word) => word.startsWith('--'))
  const sources = words.slice(flags.length, -1)
  const from = flags.find((flag) => flag.startsWith('--from='))?.slice('--from='.length)
  if (from !== undefined) {
    const isEarlier = stages.some(
      ({ name, instructions }) => name === from && (instructions[0]?.line ?? line) < line,
    )
    return isEarlier ? [] : [`there is no stage ${from} before this one`]
  }
  return sources.flatMap((source) => {
    const path = source.replace(/\/$/, '')
    if (path !== '.' && globSync(path, { cwd: root }).length === 0) return [`there is no ${source}`]
    return path !== '.' && isIgnored(path) ? [`${source} is left out by the ignore file`] : []
  })
}

function checkLastStage(stages: readonly Stage[]): readonly string[] {
  const last = stages.at(-1)?.instructions ?? []
  const user = last.findLast(({ name }) => name === 'USER')?.text ?? 'root'
  const isRoot = /^(root|0)(:|$)/.test(user)
  return [
    ...(isRoot ? ['the image runs as root'] : []),
    ...(last.some(({ name }) => name === 'CMD') ? [] : ['the image has no command']),
  ]
}

/** The rules of an ignore file: the last one that matches a path or a folder above it decides. */
export function ignoreRules(root: string, file: string): (path: string) => boolean {
  if (!existsSync(join(root, file))) return () => false
  const lines = readText(root, file)
    .split('\n')
    .filter((each) => each.trim() !== '' && !each.startsWith('#'))
  const rules = lines.map((each) => ({
    keeps: each.startsWith('!'),
    pattern: each.replace('!', ''),
  }))
  return (path) => {
    const parts = path.split('/')
    const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
    const last = rules.findLast(({ pattern }) => above.some((each) => matchesGlob(each, pattern)))
    return last !== undefined && !last.keeps
  }
}

function asList(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) && list.every((each) => typeof each === 'string') ? list : undefined
  } catch {
    return undefined
  }
}
