/** Hamlet's sign: three roofs that share one ground. */

export function Emblem() {
  return (
    <svg viewBox="0 0 48 48" fill="none" stroke="currentColor" strokeWidth="3" aria-hidden="true">
      <path
        d="M6 38V25l7-6 7 6v13M16 21V14l8-7 8 7v7M28 38V25l7-6 7 6v13M3 38h42"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  )
}
