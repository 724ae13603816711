export * from './auth/sign-request.ts'
export * from './credentials.ts'
export * from './error-codes.ts'
export * from './errors.ts'
