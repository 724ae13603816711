/** What a message says and carries. A text that only names its files is not repeated beside them. */

import type { Message } from '@hamlet/http/api'
import { AttachmentList } from '../files/attachment-list.tsx'
import { LinkedFiles } from '../files/linked-files.tsx'
import { splitLink } from '../files/share-links.ts'
import { MessageBody } from './message-body.tsx'
import { fileNames } from './file-names.ts'
import { useRoom } from './room-context.ts'

export function MessageWords({ message }: { readonly message: Message }) {
  const { space } = useRoom()
  const { text, files = [] } = message
  const { words } = splitLink(text)
  return (
    <>
      {words !== '' && words !== fileNames(files) && <MessageBody text={words} />}
      <LinkedFiles text={text} />
      {files.length > 0 && <AttachmentList space={space} files={files} back={{ kind: 'none' }} />}
    </>
  )
}
