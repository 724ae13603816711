import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { kernelSourceHash } from '../scripts/build-kernel.ts'
import { KERNEL_SOURCE_HASH } from '../src/kernel/kernel-modules.generated.ts'

test('the compiled kernel is that of the source beside it', () => {
  assert.equal(
    KERNEL_SOURCE_HASH,
    kernelSourceHash(),
    'run node packages/data/erasure/scripts/build-kernel.ts',
  )
})

test('compiling it again gives the same bytes', () => {
  const folder = join(import.meta.dirname, '..')
  if (!existsSync(join(folder, 'assembly/node_modules/assemblyscript'))) {
    console.log('SKIPPED compiling the kernel: npm ci --prefix packages/data/erasure/assembly')
    return
  }
  const script = join(folder, 'scripts/build-kernel.ts')
  const { status, stdout } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})
