/** Where the page begins. */

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Root } from './root.tsx'
import '@hamlet/web/ui/tokens.css'
import '@hamlet/web/ui/global.css'

const element = document.querySelector('#root')
if (element !== null) {
  createRoot(element).render(
    <StrictMode>
      <Root />
    </StrictMode>,
  )
}
