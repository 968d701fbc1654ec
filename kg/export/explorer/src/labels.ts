/** Place labels so that none covers another. */

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Boxes taken so far, in a grid of cells so that asking stays cheap. */
export class Taken {
  private readonly cells = new Map<number, Box[]>();

  constructor(private readonly cell = 96) {}

  private *over(box: Box): Iterable<number> {
    for (let i = Math.floor(box.left / this.cell); i <= Math.floor(box.right / this.cell); i++)
      for (let j = Math.floor(box.top / this.cell); j <= Math.floor(box.bottom / this.cell); j++) yield i * 65536 + j;
  }

  /** Take a box if nothing stands there. */
  take(box: Box): boolean {
    for (const key of this.over(box))
      for (const b of this.cells.get(key) ?? [])
        if (box.left < b.right && b.left < box.right && box.top < b.bottom && b.top < box.bottom) return false;
    for (const key of this.over(box)) {
      const list = this.cells.get(key);
      if (list) list.push(box);
      else this.cells.set(key, [box]);
    }
    return true;
  }
}

/** Break a heading into lines of about `most` characters, at its " · " or blanks. */
export function lines(text: string, most: number): string[] {
  const found: string[] = [];
  for (const word of text.split(/(?<=·)\s|\s/)) {
    const last = found.at(-1);
    if (last !== undefined && (last + " " + word).length <= most) found[found.length - 1] = last + " " + word;
    else found.push(word);
  }
  return found;
}
