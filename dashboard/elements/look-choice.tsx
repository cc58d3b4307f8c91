import { useState } from "react";
import { keepLook, type Look, storedLook } from "../look/look.ts";
import { Choice } from "./section.tsx";

const options = [
  ["system", "Auto"],
  ["light", "Light"],
  ["dark", "Dark"],
] as const;

export function LookChoice() {
  const [look, setLook] = useState<Look>(storedLook);
  const choose = (next: Look) => {
    keepLook(next);
    setLook(next);
  };
  return <Choice label="Light or dark" options={options} chosen={look} onChoose={choose} />;
}
