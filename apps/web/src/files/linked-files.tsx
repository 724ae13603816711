/** Files that a text names by their link, of a message or of the note on a bill: one press to open them, in place of the link. */

import { Files } from 'lucide-react'
import { useApp, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import { splitLink } from './share-links.ts'

export function LinkedFiles({ text }: { readonly text: string }) {
  const { show } = useApp()
  const { shareLink } = useTexts()
  const { link } = splitLink(text)
  if (link === undefined) return null
  return (
    <Button icon={<Files />} onClick={() => show({ kind: 'open-share-link', link })}>
      {shareLink.openThese}
    </Button>
  )
}
