/** An invitation to hand over. The code is drawn as one SVG path, dark on white in every theme, as cameras like it. */

import { Check, Copy, Share2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import { DialogActions } from '../ui/dialog.tsx'
import styles from './people.module.css'
import { qrPath } from './qr-path.ts'

interface InviteShareProps {
  readonly link: string
  readonly onDone: () => void
}

export function InviteShare({ link, onDone }: InviteShareProps) {
  const texts = useTexts()
  const { size, path } = useMemo(() => qrPath(link), [link])
  return (
    <div className={styles.share}>
      <div className={styles.qr}>
        <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={texts.invite.qr}>
          <path d={path} fill="#000000" shapeRendering="crispEdges" />
        </svg>
      </div>
      <div className={styles.link}>
        <input
          readOnly
          value={link}
          aria-label={texts.invite.link}
          onFocus={(event) => event.target.select()}
        />
        <CopyButton link={link} />
      </div>
      <p className={styles.note}>{texts.invite.secret}</p>
      <DialogActions>
        {'share' in navigator && (
          <Button icon={<Share2 />} onClick={() => void shareLink(link)}>
            {texts.invite.share}
          </Button>
        )}
        <Button onClick={onDone}>{texts.common.done}</Button>
      </DialogActions>
    </div>
  )
}

function CopyButton({ link }: { readonly link: string }) {
  const { common } = useTexts()
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(link)
    setCopied(true)
  }
  return (
    <Button tone="primary" icon={copied ? <Check /> : <Copy />} onClick={() => void copy()}>
      <span aria-live="polite">{copied ? common.copied : common.copy}</span>
    </Button>
  )
}

async function shareLink(link: string): Promise<void> {
  // Closing the system's sheet rejects; the person knows.
  await navigator.share({ text: link }).catch(() => undefined)
}
