import { useEffect, useState } from 'preact/hooks';

/** The part of the address after `#` as it is now, which may be ahead of what is drawn. */
export const currentHash = (): string => window.location.hash.slice(1);

/** The part of the address after `#`, which is the page and its state. */
export const useHash = (): string => {
  const [hash, setHash] = useState(currentHash());
  useEffect(() => {
    const changed = (): void => setHash(currentHash());
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return hash;
};

/** Goes there; the browser's back button comes back. */
export const go = (hash: string): void => {
  window.location.hash = hash;
};
