const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWS in compact form with a made-up signature: nobody on our side can check one (docs/adobe.md §2). */
export const jws = (
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = { alg: 'RS256' },
): string => `${part(header)}.${part(claims)}.c2lnbmF0dXJl`;
