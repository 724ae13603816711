import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../../', import.meta.url)
const SCRIPTS = ['simulate', 'credits', 'model', 'fuzz', 'bench', 'lab', 'walk:files']

function fileOf(script: string): URL {
  const manifest = readFileSync(new URL('package.json', ROOT), 'utf8')
  const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> }
  return new URL(scripts[script]!.replace(/^node /, ''), ROOT)
}

function run(script: string, ...args: readonly string[]) {
  const command = [fileURLToPath(fileOf(script)), ...args]
  return spawnSync(process.execPath, command, { encoding: 'utf8' })
}

test('a script that is asked for help says what it does and all of its options, and that is no failure', () => {
  const { status, stdout, stderr } = run('bench', '--help')
  assert.deepEqual([status, stderr], [0, ''])
  assert.match(stdout, /^npm run bench: runs the benchmarks/)
  assert.match(stdout, /--update {5}writes what is measured/)
})

test('what is no option of a script is told in one line', () => {
  for (const [args, problem] of [
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['--quick=3'], "Option '--quick' does not take an argument"],
  ] as const) {
    const { status, stdout, stderr } = run('bench', ...args)
    assert.deepEqual([status, stdout], [2, ''])
    assert.equal(stderr, `npm run bench: ${problem}; --help lists the options\n`)
  }
})

test('every script with options names all of them at its head', () => {
  for (const script of SCRIPTS) {
    const source = readFileSync(fileOf(script), 'utf8')
    const [head = ''] = /^\/\*\*[^]*?\*\//.exec(source) ?? []
    assert.ok(head.startsWith(`/**\n * \`npm run ${script}\`:`), script)
    const [, config = ''] =
      /readCommandLine\(import\.meta\.url, (\{[^]*?\n *\}\))/.exec(source) ?? []
    const options = [...config.matchAll(/'?([\w-]+)'?: \{ type:/g)].map(([, name]) => name!)
    assert.ok(options.length > 0, script)
    for (const option of options) assert.ok(head.includes(`--${option}`), `${script} --${option}`)
  }
})
