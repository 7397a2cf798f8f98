/** The stable `code` of an error, such as `ENOENT`: Node's errors, its packages' and ours have one. */
export const errorCode = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
