/** Receipts of a bill that is being entered: chosen, dropped or pasted, and put on it once it is saved. */

import { Paperclip } from 'lucide-react'
import { useTexts } from '../../app-context.tsx'
import { ChosenList } from '../../files/chosen-list.tsx'
import { pickFiles } from '../../files/pick-files.ts'
import type { Chosen } from '../../files/use-chosen.ts'
import { Button } from '../../ui/button.tsx'

export function ReceiptField({ chosen }: { readonly chosen: Chosen }) {
  const { attach } = useTexts()
  const add = async () => chosen.add(await pickFiles('files'))
  return (
    <div>
      <ChosenList chosen={chosen} />
      <Button size="small" icon={<Paperclip />} onClick={() => void add()}>
        {attach.addReceipt}
      </Button>
    </div>
  )
}

/** The place where the receipts of a form are kept: of a new bill, or of the one that is edited. */
export function receiptPlace(space: string, expense: string | undefined): string {
  return `receipts ${space} ${expense ?? 'new'}`
}
