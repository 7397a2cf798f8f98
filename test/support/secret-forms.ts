/** Every form in which a secret could turn up in an output: as it is, escaped, encoded, or a part of it that is enough. */
export const formsOf = (secret: string): string[] => {
  const forms = new Set([
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64').replaceAll('=', ''),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    [...secret].reverse().join(''),
  ]);
  // Of a JWS the header is the same for all; claims and signature are not.
  const [, ...parts] = secret.split('.');
  if (parts.length === 2) for (const part of parts) forms.add(part);
  return [...forms];
};

/** The secrets that an output holds in any form, by the names given to them. */
export const secretsIn = (output: string, secrets: Readonly<Record<string, string>>): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) =>
    formsOf(secret)
      .filter((form) => form.length >= 6 && output.includes(form))
      .map((form) => `${name}: …${form.slice(0, 12)}…`),
  );
