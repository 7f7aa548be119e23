import type { User } from "./schema.ts";

export const TEACHER: User = {
  id: 7,
  username: "ada",
  email: "ada@school.example",
  role: "TEACHER",
  name: "Ada Okafor",
  number: null,
};

export const STUDENT: User = {
  id: 31,
  username: "lucja",
  email: "lucja@school.example",
  role: "STUDENT",
  name: "Łucja Wójcik",
  number: "S-1041",
};
