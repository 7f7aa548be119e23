/**
 * Passwords that guessers try first, lower case. Shorter than eight characters or digits only is
 * refused by other rules, so whole entries here are longer and hold a letter; stems may be short
 * because an ending makes them long enough.
 */

const list = (text: string) => new Set(text.trim().split(/\s+/));

/** Common as they are and with one of the usual endings. */
const STEMS = list(`
1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz 1qaz2wsx 1qazxsw2 2wsx a1b2c3 a1b2c3d4 aaaa aaaaa aaaaaa aaaaaaa
aaaaaaaa aardvark abc abcabc abcd abcde abcdef abcdefg abcdefgh abdullah abracadabra absolute
academic academy access accident account accounting accurate acdc achilles activate activity
addicted adidas admin adminadmin administrator adobe adorable adrenaline adventure aerosmith
afrodite ahmed airborne airforce airplane airport ajax alabama aladdin alaska albatross alberta
alcatraz alchemist alejandra alejandro alexander alexandra alexandre alexey alexis alisha alleluia
alligator allison almighty aloha alonso alphabet alphabeta alphaomega alyssa amanda amateur
amazing amazon amber ambition ambrosia america american americana amethyst amsterdam anaconda
analysis anarchy anastasia ancient anderson andrea andreas andreea andrew andrey android andromeda
angel angela angeleyes angelica angelika angelina angels animal animals anita anna annabelle
antarctica anthem anthony antilope antonella antonia antonio anything apocalypse apocalyptica
apollo apple april aquarius aragorn arcangel archangel architect argentina ariel arizona armadillo
armageddon armstrong army arsenal artist asdasd asdf asdfg asdfgh asdfghj asdfghjk asdfghjkl
ashleigh ashley assassin asshole asteroid astronaut astronomy athletic atlanta atlantic atlantis
atletico attitude audi august aurora austin australia australian autobots autumn avalanche avalon
avengers aviator awesome azerty azertyuiop baby babyboy babygirl babygurl bacardi bachelor
backbone background backpack backspace backstreet backyard badboy badgirl badminton bahamas bailey
balance ballerina balloon bamboo banana bandit bangladesh baptist barbados barbara barbie
barcelona barefoot barracuda bart bartender baseball basement basketball bastard bastards bathroom
batman battery battlefield bayern beach beachboy beatles beatrice beatriz beautiful beckham
bedroom beethoven believe believer beloved benfica benjamin benvenuto berenice bermuda bernard
bernardo berserker besiktas bestfriend beyonce bianca bible bicycle bienvenido bienvenue bigboy
bigbrother bigdaddy bigfoot bigmac birthday biscuit bismarck bitch biteme blabla blackberry
blackbird blackcat blackdog blackhawk blackjack blacklabel blackout blackrose blacksabbath
blackstar blackwhite blahblah blessed blessing blink182 blizzard blondie bloodhound bloody blossom
blowfish blowjob blueberry bluebird bluesky bmw bobmarley boca bohemian bonjour bonjovi booboo
boomer boomerang borussia boston boxing boyfriend bradford brandi brandon brasil bratislava
bravehart braveheart brazil breakfast breakout brenda bridget brigitte britney brittany broadway
broncos brooklyn brother brownie bubba bubblegum bubbles buckeyes budapest buddha buddhism
budlight budweiser bulldog bulldogs bullfrog bullseye bullshit business buster buttercup
butterfinger butterfly butthead butthole button cadillac caliente california calimero callofduty
calvin camaro cambridge camelot cameron camila camille canada candace candy cannabis cannonball
capitals capricorn captain cardiff cardinal cardinals carlitos carlos carmen carnaval carnival
carolina caroline carpenter carpet cartman cartoon casablanca casanova cascade cash casino
cassandra catcher caterpillar catfish cathedral catherine catholic cecilia celebrity celeste
celina celtics centauri centurion ceramic challenger champagne champion champions championship
chandler changeit changeme changes channel chaos chargers charisma charizard charlene charles
charlie charlotte charming cheater checkers cheerios cheerleader cheese cheesecake cheetah chelsea
chemical chemistry cherokee cherry chester chevelle chevrolet chevy cheyenne chiara chicago
chicken chihuahua children china chinook chipmunk chocolate chopper chris chrisbrown christ
christelle christian christina christine christmas christopher chronicle chrysler church churchill
cigarette cinderella cindy cinnamon civilwar claire clarissa classic claudia clearwater cleopatra
cleveland clifford climber clinton clipper cloud9 clubpenguin cobra cocacola coconut coffee
coldplay collection colleen college colombia colorado columbia columbus comanche comedy commander
commando community company compaq compass complete compton computer concrete confidence confused
connect connection connor constantine construction contact continental contrasena contraseña
control cookie cookies cool cooldude coolguy coolman coolness cooper copenhagen copper corinthians
cornwall corona corvette cosmic cosmos cougar counter counterstrike country courage courtney
cowboy cowboys cowgirl coyote craftsman cranberry crazy crazyboy crazygirl crazyman creation
creative creator creature cricket criminal crimson cristian cristiano cristina crocodile cromwell
crossfire crossroads crusader cruzeiro crystal cucumber cupcake cupid custom cutie cutiepie
cycling cyclone cyclops cynthia cypress daddy dallas damian damnation dancer dancing danger
dangerous daniel daniela danielle daredevil darkangel darklord darkman darkness darkside darkstar
darren darthvader database daughter david davidson daydream daylight deadpool deathnote debbie
deborah december deejay deepak deerhunter default defender defiance deftones delaware delfin
delicious delorean delta deltaforce demo democrat demolition demon denise denmark dennis
department depeche depeche-mode derek designer desiree desktop desperado destiny detective detroit
deutsch deutschland developer devil deviljin devilmaycry dexter diablo diamond diamonds diana
dickface dickhead diesel digital dilbert dinosaur diplomat director discover discovery1 disney
disneyland distance disturbed divine dmitry doberman doctor doctorwho dodgers doggie doggy dollar
dollars dollface dolphin dolphins domenico domination dominator dominic dominique donald
donaldduck donovan doomsday dorothy dortmund doughnut douglas download dracula dragana dragon
dragonball dragonballz dragonfly dragons dreamcast dreamer dreaming dreams drogba drowssap drummer
ducati ducksoup dudedude dumbledore duracell dynamite dynamo dynasty eagle eagles eastside eatme
eclipse economics economy eddievanhalen eduardo education edward edwin eighteen einstein ekaterina
eleanor election electra electric electricity electron electronic elefante elegance element elena
elephant elevator eleven elizabeth emanuel emerald emilia emily eminem emma emperor empire
enchanted endless energy engineer engineering england english enigma enrique enterprise1 entropy
envelope epiphany equinox eric ericsson ernesto escorpion eskimo esmeralda espana espresso essence
esteban estrella eternal eternity ethernet eugene euphoria europe evanescence evangelion evelyn
everest evergreen everlast everton everything evolution example excalibur exchange exclusive
executive exercise exodus exorcist expert exploited explorer explosion express extreme eyeball
fabulous facebook fairlane fairy fairytale faith falcon falcons family fandango fantasia fantastic
fantasy farmer fashion fatboy fatcat father fatima fearless february federer federica federico
feedback felicidad felicity felipe felix fender fenerbahce fernanda fernando ferrari ferret
festival feyenoord fiesta fighter fighting financial finland fireball firebird fireblade
firefighter firefly firefox fireman firestorm fireworks fishbone fisherman fishing fivestar
flamenco flamengo flamingo flanders flash flashback flatline flipflop flipper florence florencia
florida flower flowers floyd flyers flyfish flying football foreigner foreplay forest forever
forgive formula fortnite fortune forward fountain foxylady france francesco francine francis
francisco francois frank frankfurt frankie franklin freaky freddie frederic frederick freebird
freedom freelance freeman freeuser frenchie friday friend friends friendship frodo frontier fuckme
fuckoff fuckyou fulham funky funny funtime furniture fussball futbol future gabriel gabriela
gabrielle galactic galatasaray galaxy gallery gamecube gameover gamer gaming gandalf ganesh
gangsta gangster garbage garcia gardener garfield gateway gemini general generation generator
genesis genius gentle gentleman geography george georgia gerald gerardo germany geronimo gerrard
getmoney ghetto ghost ghostrider giants gibson gilbert gilberto gilmore ginger giovanna giovanni
giraffe girlfriend girlpower girls giulia giuseppe gizmo gladiator glamour glasgow glitter global
gloria gmail goalkeeper goddess godfather godisgood godislove godsmack godzilla goku goldberg
golden goldeneye goldfinger goldfish goldstar goldwing golfer gonzalo goodboy goodbye goodgirl
goodlife goodluck goodmorning goodnight goodtime goodwill goofy google gorgeous gorilla gotohell
graduate graffiti graham grandma grandpa graphics grasshopper grateful gratitude gravity greatness
greece greenday greenhouse greentea greenwood gregorio gregory gremio greyhound griffin grizzly
groovy gryffindor guardian guatemala guerrero guest guillermo guinness guitar gundam gunner
gunners gunpowder gunsnroses gustavo gymnast gymnastics habibi hahaha hahahaha halflife hallo
halloo halloween hamburg hamburger hamilton hammer hammers hamster handball handicap handsome
handyman hannah hannahmontana hannibal happiness happy happyboy happyday happygirl happyman
happyme hardcore hardrock harley harleydavidson harmony harold harrison harrypotter harvard
harvest haslo hateyou hattrick hawaii hawaiian hawkeye headshot heartbreak heartless hearts
heather heaven heavenly heavymetal hector heidi heineken helena helicopter hellboy hellfire hello
hellohello hellokitty helloworld hellraiser helpme hendrix henry hercules heritage herman hermione
hernandez herobrine heslo hesoyam highland highlander highlife highschool hilton hiphop hiroshima
history hitman hobbit hockey hogwarts holiday hollister hollywood homeland homer homerun homework
honda honduras honey honeybee honeybun honeymoon honolulu hooligan hope horizon hornets horses
hospital hotchick hotdog hotgirl hotmail hotrod hotstuff hottie houston howard hulk hulkhogan
humberto hummer hummingbird hungary hunter hunting hurricane husband huskers hustler hyderabad
hyperion ibrahim icecream iceman ignacio ihateyou illinois illuminati illusion ilovegod iloveher
ilovehim iloveit ilovejesus iloveme ilovemymom iloveu iloveyou imagination imagine immortal
imperial impossible incredible incubus independent india indian indiana indigo indonesia infantry
inferno infinite infinity informatica information ingrid innocent inspector inspiron instagram
instinct integra intelligence inter international internet intrepid intruder inuyasha invincible
invisible iphone ireland irene ironhorse ironmaiden ironman isabel isabella isabelle island
islander israel istanbul italia iverson jackdaniels jackson jacob jacqueline jaguar jaguars
jailbreak jaimatadi jajaja jamaica james jamesbond jamie janice janitor january japan jasmin
jasmine javelin javier jayhawks jeanette jeffrey jellybean jellyfish jennifer jeopardy jeremy
jerome jerusalem jessica jessie jesus jesuschrist jesusislord jesuslives jesussaves joanna joaquin
johannes johnathan johncena johndeere johnny johnson jonasbrothers jonathan jonathon jordan jorge
jose joseph josephine joshua journey joystick juan juggernaut juicy julia julian juliana juliette
july jumanji jumper june jungle junior jupiter jurassic justice justin justinb justinbieber
justine juventus kamikaze kangaroo karaoke karate karina kashmir katana katarina katerina
katherine kathleen kathryn katrina kawasaki kayleigh kelly kenneth kennwort kentucky kenwood kevin
keyboard keystone kickass kickboxing killbill killer killers killjoy killzone kimberley kimberly
kingdom kingfish kingking kingkong kings kingston kirsten kissing kissme kissmyass kitchen kitten
kitty kittycat kittykat knicks knight knights knockout knowledge kobe kobebryant korea korn
krishna kristen kristian kristina kristine kryptonite kungfu labrador lacoste lacrosse ladybird
ladybug ladygaga lakers lakeside lakewood lakshmi lalala lalalala lamborghini lancaster lancelot
landmark language laptop laser lastfm lasvegas latinlover laughing laughter lauren laurence
laurent lavender lawnmower lawrence lawyer lazio leadership leagueoflegends leandro leather
lebanon lebron lebronjames ledzeppelin legacy legend legendary legends legolas leicester lemonade
leomessi leonard leonardo leopard leprechaun lesbian leticia letmein letmeinnow letsgo lexmark
liberty library lifetime lighter lighthouse lightning lillian lilwayne limewire lincoln linda
lindsay linkedin linkinpark linux lion lionheart lionking lisa lithium littleman littleone
liverpool lizard lkjhgfdsa lobster login loginlogin logistic logitech lollipop london lonely
lonestar lonewolf longhorn longhorns lorena lorenzo lorraine losenord louise lovebird lovebug
lovehate lovehurts loveless lovelife lovelove lovely loveme lover loverboy lovergirl lovers
loveyou loyalty lozinka lucas lucia luciana lucifer lucinda lucky luckydog luckygirl luckyone
luckystar ludovic luigi lukeskywalker lullaby lunatic luther lösenord macaroni machine macintosh
madagascar madeline madison madmax madness madonna mafia magdalena magenta maggie magic magical
magician magnetic magnolia magnum mahalkita mahalko majestic makaveli maksim malaysia malcolm
malibu mammamia management manager manchester mandarin mandolin manhattan manowar manuel manuela
manunited maradona marathon marcela marcello marcelo march marcus margaret margarida margarita
maria mariana marianne maribel marijuana marilyn marina marine mariners marines mario marion
marisol marissa marketing markus marlboro marlene maroon marseille marshal marshall marshmallow
martha martian martin martina martini marvel maryjane maryland maserati massacre massage master
masterkey mastermind masters mathematics mathew mathias mathilde matrix matteo matthew matthias
maurice mauricio maverick maxime maximum maxwell mazda mcdonald mcdonalds mechanic medicine
medieval meditation medusa megadeth megaman megatron melanie melbourne melissa melody membrane
memories memory memphis mercedes mercury merlin mermaid messenger messi messiah metal metalgear
metalhead metallic metallica meteor metropolis mexico michael michaela michaeljordan micheal
michele michelle michigan mickey mickeymouse microsoft midfield midland midnight midnite miguel
milan milena military millenium millennium million millionaire millions milwaukee mindless
minecraft ministry minnesota minnie miracle miranda miriam mississippi missouri mistress mitchell
mittens mnbvcxy mnbvcxz mobile mohamed mohammad mohammed mommy monday money moneyman moneymoney
moneytalks mongoose monica monkey monkeys monopoly monster monsters montana montreal moonbeam
moonlight moonshine mordor morgan mortal mortalkombat mortgage moscow mosquito motdepasse mother
motherlode motocross motorbike motorcycle motorhead motorola mountain mountains mozart mudvayne
muffin muhammad muhammed mulder multimedia mummy murder murphy muscle mushroom music musical
musician mustafa mustang mutant mybaby myfamily mygirl myhome mylife mylove mypass mypassword
mysecret myself myspace mystery mystical nadal nadine nancy napoleon napoli naruto nascar nascar24
natalia natalie natasha nathalie nathan nathaniel national nature nautilus navigator navy nebraska
necromancer nefertiti nemo neo neptune netflix netherlands network nevada nevermind nevermore
newcastle newlife newpassword newton newyork newzealand neymar nicaragua niceguy nicholas nicolas
nicole nightfall nighthawk nightingale nightmare nightwing nightwish nikita nikolas nineteen ninja
nintendo nintendo64 nirvana nissan nissan350z nobody nofx nokia noodles norberto norman normandy
northern northside northwest norway notebook nothing notorious november number1 number9 numberone
nurse nurses oakland oasis oblivion ocean octavio october octopus odyssey offroad offspring
ohiostate oklahoma oldpassword oldschool oliver olivia olympia olympus omega omsairam onedirection
onelove onepiece online opensesame openup operation operator optimist optimus orange orchid oregon
oreo organic original orion orlando orpheus oscar outlaw outlook overkill overlord oxford p@ssw0rd
p@ssword pa$$w0rd pa$$word pa55w0rd pa55word pacific packers pacman painless painter pakistan
pakistani palestine palmeiras palmtree pamela panasonic panda pandabear pandora pantera panther
panthers paola paperclip paradise paradox paramore parasite paris parola parool pascal passcode
passion passport passw0rd passwd password passwort patches patience patricia patricio patrick
patriot patriots paulina pauline pavilion paypal peace peaceful peaches peacock peanut
peanutbutter peanuts pearljam peekaboo pegasus pele penelope penguin penguins penny pentagon
pentium people pepper peppermint pepsi perfect performance persona personal peter peterpan peugeot
phantom pharmacy pheonix philadelphia philippe philippines philips phillip phoenix photo
photography photoshop physics picasso pickles picture pictures pierre pikachu pimpin pinball
pineapple pinkfloyd pinkpink pinky pinnacle pioneer pipeline pirate pistons pitbull pitcher
pittsburgh pizza pizzahut placebo planet plastic platinum playball playboy player players playgirl
playground playstation please pleasure plumber pluto pocahontas poiuyt poiuytrewq pokemon poker
poland polaris police policeman politics polska pontiac pooh poohbear pookie popcorn popeye
popular porsche portable portland porto portsmouth portugal poseidon positive postman potter power
powerful powerhouse powers preacher precious predator premium presario president presley preston
pretender pretty princesa princess princesse princeton printer printing prinzessin priscilla
prisoner private priya problem production professor profile program programmer programming
progress project prometheus promise property prophet protocol prototype providence psv psycho
psychology public publisher puertorico pumpkin punisher punkrock puppies puppy purple pussy
pussycat pyramid python q1w2e3 q1w2e3r4 qatar qazwsx qazwsxedc qqqqqqqq quality quantum
quarterback quebec queen queens question quicksilver quiksilver qwaszx qweasd qweasdzxc qweqwe
qwert qwerty qwertyui qwertyuiop qwertz qwertzuiop rabbit racecar racer rachel rachelle racing
racoon radiator radical radiohead rafael rahul raider raiders rainbow raindrop rainyday rammstein
ramona ramones rampage ramrod random ranger rangers raptor raptors raquel rascal raspberry
rasputin rastaman ravens raw raymond reading realestate reality realmadrid realtor rebecca rebel
rebellion rebels recovery redalert reddevil reddog redeemer redfish redhead redhot redneck
redriver redrose redrum redskins redsox redwings reggae regina reindeer religion remember1 remote
renata renault renegade rental republic research resident residentevil respect revelation revenge
reverse revolution reymysterio reynaldo reynolds rhapsody rhinoceros ricardo richard richmond
rihanna riverplate riverside roadking roadrunner robert roberto robinhood robinson roblox
rochester rockandroll rockbottom rocket rockets rockford rocknroll rockon rockstar rockwell rocky
rodolfo rodrigo roger roland rollingstones roma romain romance romania romantic romeo ronaldinho
ronaldo rooney roosevelt rooster root rootroot rosalind rosanna rosario rosebud rosemary roses
rosita rottweiler route66 roxanne royalty rubens rugby runescape runner running rushmore russel
russell russia ruthless sabrina sachin sacrifice safety sagitario saibaba sailboat sailing sailor
sailormoon saints sairam sakura salamander salasana salvador salvation salvatore samantha sammy
sample samsung samuel samurai sandiego sandman sandra sandwich sanfrancisco sanjose santaclaus
santana santiago santos sapphire sarah saratoga sasuke satan satellite saturday saturn saturno
savannah savior saxophone scarecrow scarface scarlet scarlett schneider scholar schumacher science
scientist scissors scooby scoobydoo scooter scorpio scorpion scorpions scotland scottish scrabble
scream screamer scrooge seahawks seahorse seattle sebastian secret secretary secrets secure
security seinfeld select selena seminole senators senha senna sensation sentinel september
sepultura serena serendipity serenity sergey sergio serpent service sesame session seven sevendust
seventeen seventyseven sevilla sexy sexygirl shadow shadows shakespeare shakira shalom shamrock
shanghai shannon shaq shaquille sharingan shark sharks sharon shasta sheffield shelby shepherd
sheriff sherlock sherwood shinobi shirley shitface shithappens shithead shiva shooter shopping
shotgun showtime silence silent silver silverado silvia simba simone simple simplicity simplyred
simpson simpsons singapore sinister sinner sister sixpack sixteen skateboard skeleton skippy
skittles skywalker slamdunk slayer sleepy slimshady slipknot slytherin smackdown smackthat
smallville smashing smile smiley smirnoff smokey smooth snapchat snapper snickers sniper snooker
snoopy snowball snowbird snowboard snowflake snowman snowwhite soccer socrates softail softball
software soldier solitude solomon solution somebody somerset something songbird sonia sonic
sonyericsson sophia sophie sopranos soulfly soulmate soundgarden southern southpark southside
spaceman spanish sparkle sparkles sparky sparrow spartacus spartan spartans spectrum speedway
speedy spencer sphinx spider spiderman spiral spirit spitfire splinter spongebob sporting spring
springfield sprite squirrel stafford staind stallion stanford starbuck starbucks starcraft
stardust starfish stargate stargazer starlight starlite stars startrek starwars station stealth
steelers stefan stefania stefanie stellar stephane stephanie stephen sterling steven stewart
stingray stitch stockholm stonecold stoner stonewall storage stories strange stranger strategy
stratford strawberry streetball strength striker stripper strong stronger studio stunner stupid
subaru sublime success successful suckmydick suicide summer sundance sunday sunderland sunflower
sunlight sunny sunnyday sunrise sunset sunshine superboy supergirl superman supermario supernova
superpower supersonic superstar superuser supervisor superwoman support supreme surfer surfing
survivor susana suzanne suzuki svetlana swansea sweden sweetgirl sweetheart sweetie sweetlove
sweetness sweetpea sweets sweety swimmer swimming swordfish sydney sylvester sylvia sylvie
symphony syncmaster syracuse sysadmin system systems tabatha tabitha tacobell taekwondo tamara
tampabay tarzan tatiana tattoo tatyana taurus taylor technics techno technology teddybear teenager
telefon telefono telephone television temp temporary tenerife tennessee tennis tequila teresa
terminator terrence terrorist test testament tester testing testtest texas thailand thebeast
thebeatles thebest theboss thecrow thedoors theking theman themaster theone thepassword theresa
thesims thierry thinking thirteen thisisit thomas thor threesome throwaway thumper thunder
thunderbird thunderbolt thunderstorm thursday tiffany tiger tigerwoods tigger tiktok timberlake
timberland timoteo timothy tinkerbell titanic titanium titans toenail together tomahawk tommyboy
tomorrow tool toonarmy toor topgun topsecret tormentor tornado toronto tortoise toshiba totoro
tottenham touchdown touching tourist toyota trader traffic training trampoline transfer
transformer transformers transport trapper traveler treasure triangle tribal tricolor trigger
trinity tristan triumph trojan trojans trombone trooper tropical trouble troubles trucker truelove
trumpet trusting trustme trustno1 truth tsunami tucker tuesday tupac turkey turquoise turtle
tweety twilight twinkle twister twitter tycoon tyler ubuntu ukraine ultimate ultraman umbrella
undercover underdog underground undertaker underwater unforgiven unicorn uniform united universal
universe university unknown unlimited upgrade ursula uruguay user username utopia vacation
valencia valentin valentina valentine valentinorossi valeria valhalla valkyrie vampire vanessa
vanguard vanhalen vanilla vegeta vegetable velocity velvet venezuela vengeance venice ventura
venture verbatim verizon vermont veronica versace verstappen vicente victor victoria victorious
vietnam viking vikings viktor viktoria village vincent vincenzo violence violet violeta violin
virgin virginia virtual vision vitamin vivian viviana vladimir vodka volcano voldemort volkswagen
volleyball volunteer volvo voodoo voyager wachtwoord wakeboard wallpaper wallstreet walmart walter
wanderer warcraft wargames warhammer warlock warren warrior warriors wasd washington waterfall
waterloo waterman watermelon waters waterski wealth weapon weather webmaster wedding wednesday
weekend weezer welcome welcomehome welkom wellington wendy werewolf wesley western westside
whatever whatsapp whatsup wheels whiplash whiskey whistler whitecat whitedog whitesnake whitesox
whitney whocares wildcat wildcats wildfire wildlife wilfred william williams willkommen willow
windmill window windows windsor windsurf wingman winifred winner winnie winniethepooh winston
winter wisconsin wisdom wizard wizards wolfgang wolfman wolfpack wolverine wolves wonderful
wonderland wonderwoman woodland woodstock woodwork working workout worldcup worship wrangler
wrestle wrestlemania wrestler wrestling writer wyoming xavier xbox xerxes xiomara xxxxxxxx yahoo
yamaha yamahar1 yankee yankees yasmin yellow yesterday yoda yolanda yosemite youandme yourmom
yourpassword yourself youtube yugioh yvonne zachary zaq1 zaq12wsx zaq1xsw2 zaragoza zelda zeppelin
zidane zimbabwe zodiac zoidberg zoltan zombie zoomzoom zxcv zxcvb zxcvbn zxcvbnm zxczxc zzzzzzzz
`);

/** Common as they are, with nothing added. */
const WHOLE = list(`
!@#$%^&* !@#$%^&*( !@#$%^&*() !@#$1234 !qaz2wsx 0987654321q 0p9o8i7u 1!2@3#4$ 11111111a 1111aaaa
1234!@#$ 1234567890-= 1234567890a 1234567890q 123456789a 123456789q 12345678a 12345678q 1234567a
1234567q 123456aa 123456ab 123456abc 123456abcd 123456qq 12345abc 12345abcd 12345qwert 1234qwer
123abc123 123abcde 123password 123qwe123 123qweasd 123qweasdzxc 12qw34er 12qwas34 12qwaszx
1a2b3c4d 1a2s3d4f 1password 1q1q1q1q 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz!qaz 1qaz1qaz 1qaz2wsx3edc
1qaz@wsx 1qw23er4 1z2x3c4v 4runner4 8675309j 987654321a 9ijn0okm a11111111 a1234567 a12345678
a123456789 a1s2d3f4 a1s2d3f4g5 aa123456 aa12345678 aaa11111 aaa12345 aaaa1111 aaaaaaaaa aaaaaaaaaa
aaaabbbb aabbccdd abababab abc123abc abc123abc123 abcdefghi abcdefghij admin!@# admin@123 agent007
area5151 asd123asd asdasdasd asdfasdf asdfghjkl; asdfjkl; asdfqwer bbbbbbbb bond007x breakingbad
carpediem cccccccc correcthorse correcthorsebatterystaple daenerys dddddddd deepspace9 dfghjkl;
discovery dontknow eeeeeeee enterprise ertyuiop excelsior ffffffff forgetit forgotit
forgotpassword fuckface gameofthrones gggggggg hakunamatata heisenberg hello@123 hhhhhhhh
i-love-you iamawesome iamgroot iamthebest idontcare idontknow ihavenopassword iiiiiiii iloveyou143
iloveyoubaby iloveyousomuch jjjjjjjj jonsnow123 justdoit justme123 khaleesi kkkkkkkk lannister
letmeinplease livelaughlove llllllll lorddumbledore lordoftherings love1234 love12345
maythe4thbewithyou maytheforcebewithyou mmmmmmmm motherfucker mypasswordis ncc-1701 ncc1701d
ncc1701e nnnnnnnn nopasswd nopassword nosecret o0o0o0o0 oooooooo p0o9i8u7 p4ssw0rd p4ssword
p@$$w0rd p@$$word pass1234 pass12345 pass123456 pass@123 pass@1234 pass@word pass@word1 passpass
password-1 password.1 password@1 password@123 password_1 passwordpassword pppppppp q1234567
q12345678 q1w2e3r4t5 q1w2e3r4t5y6 qazqazqaz qazxsw21 qazxswedc qqqqqqqqq qwe12345 qwe123qwe
qweqweqwe qwer1234 qwer12345 qwerasdf qwerasdfzxcv qwerqwer qwerty!@# qwerty7890 qwerty@123
qwertyqwerty qwertyuiop[] qwezxc123 remember rememberme rrrrrrrr rush2112 sdfghjkl ssssssss
targaryen test1test test@123 thewalkingdead thisisapassword thisismypassword thx1138x tttttttt
tyuiop[] userpass uuuuuuuu vvvvvvvv welcome@1 welcome@123 wertyuio whoknows winterfell wwwwwwww
xsw2zaq1 yyyyyyyy z1234567 z1x2c3v4 z1x2c3v4b5 zaq!2wsx zaq12wsxcde3 zaq1zaq1 zxc12345 zxcvasdf
zxcvbnm, zxcvbnm,./ zxcvzxcv zxczxczxc zzzzzzzzz
`);

const ENDING =
  /^(?:1|2|3|4|5|7|8|9|0|01|02|10|11|12|13|21|22|23|69|77|88|99|00|007|101|111|123|321|666|777|1234|4321|12345|54321|123456|1234567|12345678|123456789|1234567890|19[89]\d|20[0-3]\d)?[!.?*@#$]?$/;

/** How many endings to try: the longest is eleven characters. */
const LONGEST_ENDING = 11;

/**
 * Whether a password is one of the common ones, by itself or as a common word with a usual ending
 * (`123`, `!`, a year).
 * @param key the password in the form in which handles are compared (`handleKey`)
 */
export function isCommonPassword(key: string): boolean {
  if (WHOLE.has(key) || STEMS.has(key)) return true;
  for (let cut = 1; cut <= LONGEST_ENDING && cut < key.length; cut++) {
    const ending = key.slice(-cut);
    if (STEMS.has(key.slice(0, -cut)) && ENDING.test(ending)) return true;
  }
  return false;
}
