/** How the web app is built: no inline code or styles, since the page's policy refuses them. */

import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: 'es2024',
    assetsInlineLimit: 0,
    // Modules are few and come from this machine: the helper that preloads them would cost more than it saves.
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    // Of our packages the page takes what it names and nothing that merely lies in the same one: no module of theirs does anything by
    // being loaded.
    rollupOptions: {
      treeshake: { moduleSideEffects: (id) => !/\/packages\/\w+\/\w+\/src\//.test(id) },
    },
  },
})
