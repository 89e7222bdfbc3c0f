/** What a page hears of its network and of being looked at again. */
export type PageEventName = 'online' | 'offline' | 'pageshow' | 'pagehide' | 'visibilitychange';

/** Where they are heard: `window` and `document` of a page. */
export interface PageEvents {
  addEventListener(name: PageEventName, listener: () => void): void;
  removeEventListener(name: PageEventName, listener: () => void): void;
  /** False while nobody can see the page. */
  readonly isVisible: boolean;
}

/** What a client does about them. */
export interface PageListener {
  /** The network is there again, or somebody looks at the page: who waits for a retry tries now, and an open path may have died. */
  hurry(): void;
  /** The path may have died. */
  doubt(): void;
  /** The page goes, perhaps for good. */
  leaves(): void;
}

/** Listens until the function returned is called. */
export function listenToPage(page: PageEvents, listener: PageListener): () => void {
  const heard: Readonly<Record<PageEventName, () => void>> = {
    online: () => listener.hurry(),
    offline: () => listener.doubt(),
    pageshow: () => listener.hurry(),
    pagehide: () => listener.leaves(),
    visibilitychange: () => {
      if (page.isVisible) listener.hurry();
    },
  };
  const names = Object.keys(heard) as PageEventName[];
  for (const name of names) page.addEventListener(name, heard[name]);
  return () => {
    for (const name of names) page.removeEventListener(name, heard[name]);
  };
}

type Target = Pick<PageEvents, 'addEventListener' | 'removeEventListener'>;

/** Those of the runtime; undefined where it is no page. */
export function pageEvents(): PageEvents | undefined {
  const runtime = globalThis as Partial<Target> & { document?: Target & { visibilityState: string } };
  const { document } = runtime;
  if (runtime.addEventListener === undefined) return undefined;
  const targetOf = (name: PageEventName): Target =>
    name === 'visibilitychange' && document !== undefined ? document : (runtime as Target);
  return {
    addEventListener: (name, listener) => targetOf(name).addEventListener(name, listener),
    removeEventListener: (name, listener) => targetOf(name).removeEventListener(name, listener),
    get isVisible() {
      return document?.visibilityState !== 'hidden';
    },
  };
}
