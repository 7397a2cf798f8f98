import { useEffect, useState } from 'preact/hooks';

/** Whether a media query holds, now and as it changes. */
export const useMedia = (query: string): boolean => {
  const [holds, setHolds] = useState(() => window.matchMedia(query).matches);
  useEffect(() => {
    const media = window.matchMedia(query);
    const changed = (): void => setHolds(media.matches);
    changed();
    media.addEventListener('change', changed);
    return () => media.removeEventListener('change', changed);
  }, [query]);
  return holds;
};

/** As the style sheets have it. */
export const NARROW = '(max-width: 760px)';
