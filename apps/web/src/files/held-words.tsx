/** How much of a file is here, behind its size: said only of what is not whole. */

import { hereWords } from './share-words.ts'
import { useShareWords } from './use-files.ts'

export function HeldWords({ held, size }: { readonly held: number; readonly size: number }) {
  const here = hereWords({ heldBytes: held, totalBytes: size }, useShareWords())
  return here === undefined ? null : <> · {here}</>
}
