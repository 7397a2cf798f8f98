import { type ComponentChildren, h } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

export interface MenuProps {
  /** What it chooses. */
  readonly label: string;
  /** What is chosen now. */
  readonly chosen: string;
  readonly children?: ComponentChildren;
}

/** A button that opens a panel. Escape and a click elsewhere close it; the focus goes back to the button. */
export const Menu = ({ label, chosen, children }: MenuProps) => {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const leave = (event: Event): void => {
      if (event.target instanceof Node && place.current?.contains(event.target) !== true) setOpen(false);
    };
    const leaveByKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener('pointerdown', leave);
    document.addEventListener('focusin', leave);
    document.addEventListener('keydown', leaveByKey);
    return () => {
      document.removeEventListener('pointerdown', leave);
      document.removeEventListener('focusin', leave);
      document.removeEventListener('keydown', leaveByKey);
    };
  }, [open]);
  return h(
    'div',
    { class: 'field menu', ref: place },
    h('span', { id: `${id}-label` }, label),
    h(
      'button',
      {
        type: 'button',
        ref: button,
        id: `${id}-button`,
        'aria-expanded': open,
        'aria-controls': id,
        'aria-labelledby': `${id}-label ${id}-button`,
        onClick: () => setOpen(!open),
      },
      h('span', {}, chosen),
      h('span', { class: 'caret', 'aria-hidden': true }, '▾'),
    ),
    h('div', { id, class: 'panel', hidden: !open, role: 'group', 'aria-label': label }, open && children),
  );
};
