/**
 * Makes a crasher small: pieces are taken out, from halves down to single bytes, then what is left is set to zero,
 * as long as the same problem comes. Source: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
 * input" (2002), without the part that needs quadratic time.
 */

/** `isSame`: whether an input has the problem that is being looked at. */
export async function minimise(
  input: Uint8Array,
  isSame: (input: Uint8Array) => Promise<boolean>,
  runsMax = 2000,
): Promise<Uint8Array> {
  let best = input
  let runs = 0
  const attempt = async (candidate: Uint8Array): Promise<boolean> => {
    if (runs++ >= runsMax || !(await isSame(candidate))) return false
    best = candidate
    return true
  }
  for (
    let size = Math.ceil(best.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.length && runs < runsMax;) {
      if (!(await attempt(without(best, at, size)))) at += size
    }
  }
  for (let at = 0; at < best.length && runs < runsMax; at++) {
    if (best[at] !== 0) await attempt(best.with(at, 0))
  }
  return best
}

function without(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const rest = new Uint8Array(Math.max(at, bytes.length - count))
  rest.set(bytes.subarray(0, at))
  rest.set(bytes.subarray(at + count), at)
  return rest
}
