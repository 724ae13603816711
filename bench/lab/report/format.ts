/** Figures as a reader takes them in. */

import type { Duration } from '../measure.ts'

const NEVER = 'not in the play'
/** A figure and its unit stay on one line. */
const NBSP = '\u00a0'

export function formatDuration(ms: Duration): string {
  if (ms === null) return NEVER
  if (ms === 0) return '0'
  if (ms < 1) return `<${NBSP}1${NBSP}ms`
  if (ms < 1_000) return `${significant(ms)}${NBSP}ms`
  if (ms < 100_000) return `${significant(ms / 1_000)}${NBSP}s`
  if (ms < 6_000_000) return `${significant(ms / 60_000)}${NBSP}min`
  return `${significant(ms / 3_600_000)}${NBSP}h`
}

/** `share` from 0 to 1. A whole is only what is whole. */
export function formatShare(share: number): string {
  if (share === 0 || share === 1) return `${share * 100}${NBSP}%`
  const percent = Math.min(99.9, Math.max(0.1, Number((share * 100).toFixed(1))))
  return `${percent}${NBSP}%`
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${significant(bytes)}${NBSP}B`
  if (bytes < 1_000_000) return `${significant(bytes / 1_000)}${NBSP}kB`
  if (bytes < 1_000_000_000) return `${significant(bytes / 1_000_000)}${NBSP}MB`
  return `${significant(bytes / 1_000_000_000)}${NBSP}GB`
}

export function formatCount(count: number): string {
  return significant(count)
}

/** Three digits, without an exponent. */
function significant(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(value < 10 ? 2 : 3)))
}
