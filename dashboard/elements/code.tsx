import { Fragment } from "react";

/** A code, an id or a path: where the line is short, it breaks after its marks, and no word of it is cut in two. */
export function Code({ children, className }: { readonly children: string; readonly className?: string | undefined }) {
  return (
    <code className={className}>
      <Breaks>{children}</Breaks>
    </code>
  );
}

/** The same of what is not set as code. */
export function Breaks({ children }: { readonly children: string }) {
  return children.split(/(?<=[_/.:,=])/).map((part, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- parts have no name but their place.
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
