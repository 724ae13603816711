/**
 * Compiles `assembly/kernel.as` to `src/kernel/kernel-modules.generated.ts`: `node packages/data/erasure/scripts/build-kernel.ts`,
 * and with `--check` only says whether that would change anything.
 *
 * The compiled modules are committed, and the compiler (100 MB) is installed when it is needed: nobody needs it to develop or to
 * run. The same compiler gives the same bytes. The generated file names the hash of what it was made from, so a test sees without a
 * compiler that one was forgotten.
 *
 * Two modules: one with relaxed shuffles, which are one instruction on every machine, and one for engines without them. A module
 * says whether the memory it imports is shared; that is one byte, so it is written down where it lies and set when the module is loaded.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ASSEMBLY = fileURLToPath(new URL('../assembly', import.meta.url))
const COMPILER = new URL('../assembly/node_modules/assemblyscript/dist/asc.js', import.meta.url)
const SOURCE = new URL('../assembly/kernel.as', import.meta.url)
const GENERATED = new URL('../src/kernel/kernel-modules.generated.ts', import.meta.url)
const PAGES_MAX = 65_536
const LINE_CHARACTERS = 112

/** What of the compiler is used. */
interface Compiler {
  readonly main: (
    options: readonly string[],
    files: {
      readFile(name: string): string | null
      writeFile(name: string, contents: string | Uint8Array): void
    },
  ) => Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>
}

/** SHA-256 of the source and of the version of its compiler, in hex. */
export function kernelSourceHash(): string {
  const hash = createHash('sha256').update(readFileSync(SOURCE))
  const manifest = JSON.parse(readFileSync(`${ASSEMBLY}/package.json`, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  return hash.update(manifest.dependencies['assemblyscript'] ?? '').digest('hex')
}

/** The text of the generated file. */
async function buildKernelModules(): Promise<string> {
  if (!existsSync(COMPILER)) {
    const options = ['ci', '--no-audit', '--no-fund', '--prefix', ASSEMBLY]
    execFileSync('npm', options, { stdio: 'inherit' })
  }
  const compiler = (await import(COMPILER.href)) as Compiler
  const relaxed = await compile(compiler, ['--enable', 'relaxed-simd'])
  const strict = await compile(compiler, [])
  return `/** Made by scripts/build-kernel.ts from assembly/kernel.as; do not edit. WebAssembly modules, in base64. */

export interface KernelModule {
  /** Where the flags of the imported memory lie: 1 for a memory of one thread, 3 for a shared one. */
  readonly memoryFlagsAt: number
  readonly base64: string
}

/** Of assembly/kernel.as and the version of its compiler. */
export const KERNEL_SOURCE_HASH = '${kernelSourceHash()}'

export const RELAXED_KERNEL: KernelModule = ${literal(relaxed)}

export const STRICT_KERNEL: KernelModule = ${literal(strict)}
`
}

async function compile({ main }: Compiler, flags: readonly string[]): Promise<Uint8Array> {
  const source = readFileSync(SOURCE, 'utf8')
  let module: Uint8Array | undefined
  const { error, stderr } = await main(
    [
      'kernel.ts',
      '--outFile',
      'kernel.wasm',
      '--optimizeLevel',
      '3',
      '--noAssert',
      ...['--runtime', 'stub', '--importMemory', '--maximumMemory', String(PAGES_MAX)],
      ...['--enable', 'simd', ...flags],
    ],
    {
      readFile: (name) => (name === 'kernel.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'kernel.wasm' && typeof contents !== 'string') module = contents
      },
    },
  )
  if (error !== null || module === undefined) throw new Error(`kernel.as: ${stderr.toString()}`)
  return module
}

function literal(module: Uint8Array): string {
  const base64 = Buffer.from(module).toString('base64')
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? []
  const text = lines.map((line) => `    '${line}'`).join(' +\n')
  return `{\n  memoryFlagsAt: ${memoryFlagsAt(module)},\n  base64:\n${text},\n}`
}

/** The import section holds one import, "env" "memory": kind 2, flags, then the limits. */
function memoryFlagsAt(module: Uint8Array): number {
  const name = Buffer.from('\u0003env\u0006memory\u0002', 'latin1')
  const at = Buffer.from(module).indexOf(name) + name.length
  if (at < name.length || module[at] !== 1) throw new Error('the import of the memory is not found')
  return at
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = await buildKernelModules()
  const isSame = existsSync(GENERATED) && readFileSync(GENERATED, 'utf8') === text
  process.stdout.write(isSame ? 'the kernel is as it was compiled\n' : 'the kernel has changed\n')
  if (process.argv.includes('--check')) process.exitCode = isSame ? 0 : 1
  else writeFileSync(GENERATED, text)
}
