/** Hypercore behind the interface of bench/log.ts. */

import Hypercore from 'hypercore'

export async function openHypercore(directory) {
  const core = new Hypercore(directory)
  await core.ready()
  return {
    append: (blocks) => core.append(blocks),
    get: (index) => core.get(index),
    close: () => core.close(),
    reopen: () => openHypercore(directory),
    replicateTo: (target, blocks) => replicate(core, target, blocks),
  }
}

/** Seconds to copy the first `blocks` blocks into a new core over streams in this process. */
async function replicate(core, target, blocks) {
  const copy = new Hypercore(target, core.key)
  await copy.ready()
  const start = performance.now()
  const left = core.replicate(true)
  const right = copy.replicate(false)
  left.pipe(right).pipe(left)
  left.on('error', () => undefined)
  right.on('error', () => undefined)
  await copy.update({ wait: true })
  await copy.download({ start: 0, end: blocks }).done()
  const seconds = (performance.now() - start) / 1000
  if (!(await copy.has(0, blocks))) throw new Error('hypercore copied less than asked')
  left.destroy()
  right.destroy()
  await copy.close()
  return seconds
}
