import { readFileSync } from 'node:fs';

/** Works from a checkout and from `dist/`. */
export const programVersion = (): string => {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL(import.meta.resolve('cmu-proxy/package.json')), 'utf8'),
  );
  const found: unknown = Object(manifest).version;
  return typeof found === 'string' ? found : 'unknown';
};

/** How we name ourselves to servers (RFC 9110 §10.1.5). */
export const userAgent = (): string => `cmu-proxy/${programVersion()}`;
