/** The choice of a kernel: the fastest one the engine has, unless somebody asks for another. */

import { ScalarKernel } from './scalar-kernel.ts'
import { WasmKernel } from './wasm-kernel.ts'
import type { Kernel, KernelMemory, KernelName } from './kernel-types.ts'

export interface KernelOptions {
  /** @default the fastest one of this engine */
  readonly kernel?: KernelName
  /** Whether other threads can see the memory. @default false */
  readonly isShared?: boolean
}

export function fastestKernel(): KernelName {
  if (WasmKernel.isSupported('relaxed')) return 'relaxed'
  return WasmKernel.isSupported('strict') ? 'strict' : 'scalar'
}

/** A kernel with at least so much memory of its own, all zeros but for what it reserves. */
export function createKernel(byteCount: number, options: KernelOptions = {}): Kernel {
  const { kernel = fastestKernel(), isShared = false } = options
  if (kernel !== 'scalar') return WasmKernel.create(kernel, byteCount, isShared)
  return new ScalarKernel(isShared ? new SharedArrayBuffer(byteCount) : new ArrayBuffer(byteCount))
}

/** A kernel on the memory of another one, which may belong to another thread. */
export function attachKernel(name: KernelName, memory: KernelMemory): Kernel {
  if (!(memory instanceof WebAssembly.Memory)) return new ScalarKernel(memory)
  return new WasmKernel(name === 'strict' ? 'strict' : 'relaxed', memory)
}
