/** Names as schools have them: many languages, fourteen scripts, both directions. */

interface NamePool {
  readonly given: readonly string[];
  readonly family: readonly string[];
  /** How the language puts a full name together; given name first where absent. */
  readonly full?: (given: string, family: string) => string;
}

const words = (text: string): string[] => text.split(" ");
const givenFirst = (given: string, family: string) => `${given} ${family}`;
const familyFirst = (given: string, family: string) => `${family}${given}`;

const POOLS: readonly NamePool[] = [
  {
    given: words("Zoë Łucja Søren Åsa Íñigo Chloé"),
    family: words("Núñez Dvořák Gößling Bjørnstad D’Angelo"),
  },
  {
    given: words("Ngọc Thảo Đức Hường Tuấn Yến"),
    family: words("Nguyễn Trần Phạm Đặng Vũ"),
    full: (given, family) => `${family} ${given}`,
  },
  {
    given: words("Ayşe Çağla İlker Gülşen Oğuz Şule"),
    family: words("Yılmaz Öztürk Çelik Şahin Güneş"),
  },
  {
    given: words("Amara Chidi Ọláyínká Wanjirũ Kwame Naledi"),
    family: words("Okonkwo Adéyẹmí Mwangi Asante Dlamini"),
  },
  {
    given: words("Олена Богдан Мар’яна Юрій Їванна Ґалина"),
    family: words("Шевченко Коваленко Бондаренко Ткачук Мельник"),
  },
  {
    given: words("Ελένη Δήμητρα Κυριακή Φωτεινή Ζωή Ιφιγένεια"),
    family: words("Παπαδοπούλου Καραγιάννη Οικονόμου Βλάχου Γεωργίου"),
  },
  {
    given: words("Անի Նարեկ Գայանե Տիգրան Լուսինե Հայկ"),
    family: words("Սարգսյան Պետրոսյան Հակոբյան Գրիգորյան Մանուկյան"),
  },
  {
    given: words("ნინო გიორგი თამარ ლუკა ქეთევან დავით"),
    family: words("ბერიძე კაპანაძე გელაშვილი მაისურაძე ლომიძე"),
  },
  {
    given: words("נועה איתי תמר יונתן שירה אורי"),
    family: words("כהן לוי מזרחי פרידמן אברהמי"),
  },
  {
    given: words("ليلى محمد نور ياسمين عمر هدى"),
    family: words("حداد الخطيب منصور الزهراني بكري"),
  },
  {
    given: words("आरव प्रिया रोहन अनन्या विवेक मीरा"),
    family: words("शर्मा पटेल गुप्ता मिश्रा जोशी"),
  },
  {
    given: words("কবির অনিকা রাহুল মিতালী ঋষভ শ্রেয়া"),
    family: words("চৌধুরী দাশগুপ্ত সরকার রহমান ঘোষ"),
  },
  {
    given: words("ดวงใจ สมชาย มาลี อนันต์ กานดา ธีระ"),
    family: words("สุขใจ ศรีสุข วงศ์ทอง แก้วมณี บุญมา"),
  },
  {
    given: words("美玲 子轩 佳怡 浩然 雨桐 志強"),
    family: words("王 李 陳 赵 歐陽"),
    full: familyFirst,
  },
  {
    given: words("서연 민준 지우 하은 도윤 수아"),
    family: words("김 이 박 최 정"),
    full: familyFirst,
  },
  {
    given: words("さくら カオル はると ひまり れん ユイ"),
    family: words("佐藤 たなか 鈴木 わたなべ 高橋"),
    full: (given, family) => `${family} ${given}`,
  },
];

export const TEACHERS: readonly string[] = ["Zoë Ångström", "Олександр Ґалаґан", "高橋 美咲"];

/** This many different names, the pools in turn. */
export function studentNames(count: number): string[] {
  const names = new Set<string>();
  for (let turn = 0; names.size < count; turn++) {
    for (const { given, family, full = givenFirst } of POOLS) {
      if (names.size === count) break;
      // Steps of one through both lists, of lengths without common divisor, meet every pair once.
      const first = given[turn % given.length];
      const last = family[turn % family.length];
      if (first !== undefined && last !== undefined) names.add(full(first, last));
    }
    if (turn > 30) throw new Error(`Cannot make ${count} different names`);
  }
  return [...names];
}
