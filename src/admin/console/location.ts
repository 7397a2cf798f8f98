import { useEffect, useState } from 'preact/hooks';

/** The part of the address after `#`, which is the page and its state. */
export const useHash = (): string => {
  const [hash, setHash] = useState(window.location.hash.slice(1));
  useEffect(() => {
    const changed = (): void => setHash(window.location.hash.slice(1));
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return hash;
};

/** Goes there; the browser's back button comes back. */
export const go = (hash: string): void => {
  window.location.hash = hash;
};
