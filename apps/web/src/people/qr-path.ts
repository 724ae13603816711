/** A QR code (ISO/IEC 18004) as one SVG path: a run of dark modules is one rectangle. */

import { encode } from 'uqr'

const QUIET_MODULES = 1

export interface QrPath {
  /** Modules a side, with the quiet border. */
  readonly size: number
  readonly path: string
}

export function qrPath(text: string): QrPath {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET_MODULES })
  const runs = data.flatMap((row, y) => darkRuns(row).map(([x, width]) => runPath(x, y, width)))
  return { size, path: runs.join('') }
}

function darkRuns(row: readonly boolean[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = []
  row.forEach((dark, x) => {
    if (!dark) return
    const last = runs.at(-1)
    if (last !== undefined && last[0] + last[1] === x) last[1]++
    else runs.push([x, 1])
  })
  return runs
}

function runPath(x: number, y: number, width: number): string {
  return `M${x} ${y}h${width}v1h-${width}z`
}
