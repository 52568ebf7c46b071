import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

export interface TabsProps<Name extends string> {
  readonly names: readonly Name[];
  readonly current: Name;
  readonly onChoose: (name: Name) => void;
  readonly children: ComponentChildren;
}

/** Tabs by the ARIA practices guide: one stop for Tab, arrows choose. */
export function Tabs<Name extends string>({ names, current, onChoose, children }: TabsProps<Name>) {
  const list = useRef<HTMLDivElement>(null);
  const choose = (place: number) => {
    const name = names.at(place % names.length);
    if (name === undefined) return;
    onChoose(name);
    list.current?.querySelector<HTMLElement>(`#tab-${name}`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const place = names.indexOf(current);
    if (event.key === "ArrowRight") choose(place + 1);
    else if (event.key === "ArrowLeft") choose(place - 1);
    else if (event.key === "Home") choose(0);
    else if (event.key === "End") choose(-1);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div class="tabs" role="tablist" ref={list} onKeyDown={onKeyDown}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === current}
            aria-controls="tab-panel"
            tabIndex={name === current ? 0 : -1}
            onClick={() => onChoose(name)}
          >
            {name}
          </button>
        ))}
      </div>
      <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${current}`}>
        {children}
      </div>
    </>
  );
}
