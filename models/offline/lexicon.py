"""Word lists of the offline engine: which words make a statement worth keeping."""

from usermind.models.offline.words import listed

FAMILY = (
    "mum|mom|mother|mama|dad|father|papa|parents|sister|brother|siblings?|son|daughter|kids?|"
    "child|children|baby|twins?|wife|husband|partner|boyfriend|girlfriend|fianc[eé]e?|spouse|"
    "grandma|grandmother|granny|nan|grandpa|grandfather|granddad|grandparents|grandson|"
    "granddaughter|uncle|aunt|auntie|cousin|nephew|niece|mother-in-law|father-in-law|"
    "sister-in-law|brother-in-law|in-laws|stepson|stepdaughter|stepmother|stepfather|stepdad|"
    "stepmum|stepbrother|stepsister|godmother|godfather|godson|goddaughter|ex|ex-wife|ex-husband"
)
PEOPLE = (
    "friend|best friend|oldest friend|bestie|boss|manager|colleague|coworker|co-worker|teammate|"
    "neighbou?r|landlord|landlady|flatmate|roommate|housemate|teacher|tutor|coach|trainer|mentor|"
    "therapist|doctor|gp|dentist|physio|vet|lawyer|accountant|supervisor|professor|student|"
    "assistant|team lead|nanny|babysitter|hairdresser"
)
PETS = (
    "dog|cat|puppy|kitten|pet|horse|pony|rabbit|bunny|hamster|parrot|budgie|tortoise|turtle|"
    "goldfish|guinea pig|ferret|snake|lizard|gecko|hen|chicken|goat|rat"
)
PARTNERS = "wife|husband|partner|boyfriend|girlfriend|fianc[eé]e?|spouse"
FEMALE = listed(
    """mum mom mother mama sister daughter wife girlfriend fiancée grandma grandmother granny nan
    aunt auntie niece mother-in-law sister-in-law landlady granddaughter"""
)
MALE = listed(
    """dad father papa brother son husband boyfriend fiancé grandpa grandfather granddad uncle
    nephew father-in-law brother-in-law grandson"""
)
THINGS = (
    "birthday|anniversary|wedding|exam|test|appointment|interview|flight|train|meeting|deadline|"
    "surgery|operation|concert|recital|presentation|holiday|vacation|trip|address|"
    "(?:phone |mobile )?number|email|phone|laptop|computer|car|bike|bicycle|job|work|office|"
    "company|team|school|university|degree|major|thesis|salary|budget|rent|lease|flat|apartment|"
    "house|room|hobby|hobbies|goal|dream|plan|resolution|favou?rite [\\w ]+?|diet|allergy|"
    "allergies|allergens|condition|blood type|shoe size|size|height|weight|doctor|language|"
    "mother tongue|native language|first language|nationality|religion|hometown|"
    "home town|middle name|surname|"
    "last name|first name|maiden name|nickname|pronouns|routine|schedule|commute|membership|"
    "subscription|visa|passport|licen[cs]e|contract|shift|class|course|band|choir|club|league|"
    "name|star sign|timezone|time zone|project|book|novel|business|shop|store|studio|startup|"
    "garden|dream job|go-to [\\w ]+?|usual [\\w ]+?|comfort [\\w ]+?"
)

LASTING = listed(
    """allergic vegetarian vegan pescatarian lactose-intolerant lactose gluten coeliac celiac
    diabetic asthmatic epileptic dyslexic autistic deaf blind colour-blind color-blind colorblind
    short-sighted left-handed ambidextrous single married engaged divorced widowed separated
    pregnant retired unemployed self-employed freelance bilingual trilingual fluent religious
    catholic muslim jewish hindu buddhist christian protestant orthodox atheist agnostic gay
    lesbian bisexual queer trans transgender nonbinary non-binary introverted extroverted afraid
    scared terrified claustrophobic addicted obsessed fond interested passionate based born raised
    adopted responsible employed intolerant sensitive teetotal sober halal kosher anaemic anemic
    nearsighted veggie plant-based jealous"""
) - {"jealous"}
"""Adjectives after "I am" that say something lasting."""

NATIONS = listed(
    """american argentinian australian austrian basque belgian brazilian british bulgarian canadian
    catalan chilean chinese colombian croatian cuban czech danish dutch egyptian english estonian
    ethiopian filipino finnish french georgian german ghanaian greek hungarian icelandic indian
    indonesian iranian iraqi irish israeli italian jamaican japanese kenyan korean latvian lebanese
    lithuanian malaysian mexican moroccan nepali nigerian norwegian pakistani palestinian peruvian
    polish portuguese romanian russian scottish senegalese serbian slovak slovenian somali spanish
    swedish swiss syrian taiwanese thai tunisian turkish ukrainian vietnamese welsh"""
)
DIETS = (
    "vegetarian|vegan|pescatarian|veggie|flexitarian|keto|paleo|gluten[- ]free|dairy[- ]free|"
    "plant[- ]based|halal|kosher|low[- ]carb|carnivore"
)
ROLES = listed(
    """nurse student chef cook au-pair intern apprentice mechanic plumber pilot postdoc phd
    architect scientist analyst consultant accountant pharmacist dentist vet clerk coach judge
    guide model monk nun priest pastor poet barista soldier freelancer nanny secretary journalist
    mum mom dad mother father parent grandmother grandfather grandparent twin widow widower vegan
    vegetarian pescatarian christian muslim feminist pacifist fan member volunteer citizen native
    immigrant refugee expat veteran introvert extrovert person owl child beginner graduate
    psychologist librarian fellow specialist technician surgeon doctor midwife paramedic actor
    actress editor electrician politician musician physician host hostess waitress ceo cto founder
    assistant translator tutor lawyer attorney solicitor barrister therapist"""
)
NOT_ROLES = listed(
    """loser winner bummer number disaster wonder killer dinner matter believer goner sucker
    monster minor major color colour error mirror sister liar bit mess wreck idiot genius fool
    corner answer offer lover better other"""
)
PROGRESSIVE = listed(
    """learning studying training working writing building moving getting expecting planning
    saving looking going thinking considering taking reading hosting organising organizing
    starting leaving living renting staying dating seeing volunteering teaching practising
    practicing recovering applying researching developing designing renovating doing preparing
    attending flying travelling traveling visiting running playing joining launching quitting
    retiring buying selling trying growing raising fostering adopting using wearing
    redecorating knitting sewing painting recording leading managing mentoring supporting signing
    performing competing opening creating exploring focusing helping giving cutting avoiding
    meeting picking switching changing coming having finishing"""
)
LIKING = listed("like love hate prefer enjoy adore dislike loathe detest fancy fear dread miss")
HABITS = listed(
    """work live play sing run swim cycle go take eat drink cook read teach study volunteer drive
    ride own speak wear collect paint write practise practice do train walk watch use share manage
    coach grow bake knit code commute sleep wake get spend visit meet attend rent pay subscribe
    belong suffer struggle keep avoid support follow draw hike climb dance garden sew surf ski
    meditate box fish jog row lift stretch pray fast smoke vape snore start finish leave call come
    make see host lead direct design repair build restore foster breed feed skip order buy
    freelance lecture research babysit tutor photograph record camp sail fly travel listen stick
    stay celebrate journal"""
)
VAGUE_HABITS = listed(
    """go take get meet make watch see use keep do call come pay read buy start finish leave order
    skip follow support stay share walk sleep wake spend visit listen fly travel write build cook
    eat drink feed"""
)
"""Habit verbs that need a frequency or a concrete object."""

DULL_PAST = listed(
    """thought said told felt knew meant heard did wanted loved liked hoped asked wondered
    guessed forgot noticed realised realized agreed laughed cried smiled slept woke figured looked
    seemed needed kept ate drank sat stood put cleaned washed enjoyed believed remembered
    mentioned meant understood talked spoke called texted replied let cut set hit hurt bet
    appreciated expected preferred hated missed supposed imagined chatted checked listened
    waited cooked googled assumed sneezed joked decided saw caught thanked wished"""
)
LIGHT = listed(
    """thing things stuff lot lots time times way good great bad nice fun day today yesterday
    week much many little bit kind sort idea point look sure right back home it's everything
    nothing anything something lol haha tbh btw really well people moment while blast anyway
    anyways lately break chance glad happy ok okay okey yeah hand fine better best new big small
    last next first"""
)

MANY_WORKS = (
    "films|movies|books|novels|series|tv shows|shows|sitcoms|soaps|songs|albums|games|podcasts|"
    "comics|anime|cartoons|documentaries|remakes|sequels|prequels|reboots|franchises|blockbusters|"
    "thrillers|westerns|musicals|comedies|dramas|romances|rom-?coms|mysteries|biopics|whodunits|"
    "slashers|superheroes|operas|true crime|horror|sci-?fi|science fiction|film noir|noir|jazz|"
    "hip-?hop|techno|heavy metal|reality tv"
)
"""Words for kinds of works that hardly say anything else."""
ONE_WORK = (
    "film|movie|book|novel|series|show|sitcom|song|game|musical|western|comedy|thriller|romance|"
    "drama|documentary|opera|remake|sequel|cartoon"
)
KINDS_OF_WORKS = (
    rf"{MANY_WORKS}|romance|fantasy|drama|comedy|action|animation|crime|mystery|opera|music"
)
"""Those that say other things as well."""

FREQUENCY = (
    r"\b(?:every|each|daily|weekly|monthly|yearly|annually|nightly|twice|once|always|usually|"
    r"often|on (?:mon|tues|wednes|thurs|fri|satur|sun)days|on weekends|on weekdays|mornings|"
    r"evenings|weekends|a (?:day|week|month|year)|per (?:day|week|month)|most (?:days|mornings|"
    r"evenings|weekends)|before (?:work|bed|breakfast)|after (?:work|school|lunch|dinner)|"
    r"in the (?:mornings?|evenings?|afternoons?)|since|for (?:a|an|\d+|two|three|four|five|six|"
    r"seven|eight|nine|ten|many|several|over|almost|nearly) |rarely|never|at night|regularly|"
    r"by (?:bike|train|bus|car))\b"
)
JOKING = r"\b(?:just kidding|kidding|jk|joking|just joking|as a joke|/s)\b"
IDIOMS = (
    r"\b(?:could eat a horse|dying to|dead tired|over the moon|on cloud nine|feel like a|"
    r"changed (?:my|our) minds?|have no idea|have a (?:question|feeling|favou?r|point|hunch|"
    r"headache|minute|second)|love you|my head (?:is )?(?:exploded|spinning)|million times|"
    r"screwed up|in two minds)\b"
)
