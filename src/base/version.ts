import { readFileSync } from 'node:fs';

/** The program's version, from its `package.json`. Works from a checkout and from `dist/`. */
export const programVersion = (): string => {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL(import.meta.resolve('cmu-proxy/package.json')), 'utf8'),
  );
  const found: unknown = Object(manifest).version;
  return typeof found === 'string' ? found : 'unknown';
};

/** How we name ourselves to servers (RFC 9110 §10.1.5). */
export const userAgent = (): string => `cmu-proxy/${programVersion()}`;
