//! The table of words: each once, English beside Russian.

use super::Language;

/// Defines the words and both of their texts.
macro_rules! words {
    ($($name:ident: $english:literal, $russian:literal;)*) => {
        /// A word or sentence of the interface.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Word {
            $(#[doc = $english] $name,)*
        }

        impl Word {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The text in a language.
            pub const fn text(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::English) => $english,
                    (Self::$name, Language::Russian) => $russian,)*
                }
            }
        }
    };
}

words! {
    // Head
    ThisField: "this field", "это поле";
    Donor: "its donor", "его донор";
    Open: "Open", "Открыть";
    Help: "Keys and help", "Клавиши и справка";
    CloseHelp: "Close the help", "Закрыть справку";
    Light: "Light theme", "Светлая тема";
    Dark: "Dark theme", "Тёмная тема";
    Theme: "Light or dark", "Светлая или тёмная тема";
    Language: "Language", "Язык";
    HidePanels: "Hide panels", "Скрыть панели";
    ShowPanels: "Show panels", "Показать панели";
    BranchOf: "branch of", "ветвь от";
    Quit: "Quit", "Выйти";

    // Tabs
    Panels: "Panels", "Панели";
    Look: "Look", "Вид";
    Parameters: "Parameters", "Параметры";
    Equations: "Equations", "Уравнения";
    Notes: "Notes", "Заметки";
    Series: "Series", "Графики";
    Topology: "Topology", "Топология";
    Performance: "Speed", "Скорость";
    Gallery: "Gallery", "Галерея";

    // Transport and timeline
    Play: "Play", "Пуск";
    Pause: "Pause", "Пауза";
    PlayOrPause: "Play or pause", "Пуск или пауза";
    Step: "One step", "Один шаг";
    Speed: "Speed", "Темп";
    StepsPerFrame: "Steps per frame", "Шагов на кадр";
    StepsPerSecond: "steps/s", "шагов/с";
    StepNumber: "step", "шаг";
    Time: "Time", "Время";
    TouchMiddle: "Use the tool in the middle of the view", "Применить инструмент в середине вида";
    TouchInverted: "The same, inverted", "То же наоборот";
    Undo: "Undo the last act", "Отменить последнее действие";
    BranchHere: "Branch here", "Начать ветвь здесь";
    ActBefore: "To the act before", "К предыдущему действию";
    ActAfter: "To the act after", "К следующему действию";
    Timeline: "Timeline", "Шкала времени";
    ClickToRegrow: "Click to grow again to here", "Щёлкните, чтобы вырастить заново до этого места";
    RegrowTo: "Grow again to here", "Вырастить заново до этого места";
    BranchFrom: "Branch from here", "Начать ветвь отсюда";
    Regrowing: "Growing again", "Выращивается заново";
    Faster: "Faster", "Быстрее";
    Slower: "Slower", "Медленнее";

    // Tools
    Tools: "Tools", "Инструменты";
    ToolLook: "Explore", "Осмотр";
    ToolPaint: "Paint", "Краска";
    ToolSmooth: "Smooth", "Гладить";
    ToolStir: "Stir", "Вихрь";
    ToolPush: "Push", "Сдвиг";
    ToolPulse: "Pulse", "Импульс";
    ToolPin: "Pin", "Держать";
    ToolCut: "Wall", "Стена";
    ToolWarm: "Warm", "Нагрев";
    ToolNotes: "Arrange", "Двигать";
    HelpLook: "Drag to move, scroll to zoom, click a note to read it.", "Тяните, чтобы двигать; колесо меняет масштаб; щелчок по заметке открывает её.";
    HelpPaint: "Brings a value in. Right button: with the opposite sign.", "Вносит значение. Правая кнопка: с обратным знаком.";
    HelpSmooth: "Evens the field out. Right button: erases.", "Сглаживает поле. Правая кнопка: стирает.";
    HelpStir: "Turns the field about the pointer. Right button: the other way.", "Закручивает поле вокруг указателя. Правая кнопка: в другую сторону.";
    HelpPush: "Carries the field along the stroke. Right button: against it.", "Сдвигает поле вдоль мазка. Правая кнопка: против него.";
    HelpPulse: "Adds a bump. Right button: a dent.", "Добавляет горб. Правая кнопка: впадину.";
    HelpPin: "Holds the field to a value for a time. Right button: lets go.", "Удерживает поле на значении какое-то время. Правая кнопка: отпускает.";
    HelpCut: "Builds a wall. Right button: takes it away.", "Ставит стену. Правая кнопка: убирает её.";
    HelpWarm: "Raises the local gain. Right button: lowers it.", "Повышает местное усиление. Правая кнопка: понижает.";
    HelpNotes: "Drag a note to move it. Right button: pin it or let it go. Shift from note to note: link or unlink.", "Тяните заметку, чтобы передвинуть. Правая кнопка: закрепить или отпустить. Shift от заметки к заметке: связать или развязать.";
    Field: "Field", "Поле";
    Brush: "Brush", "Кисть";
    Disc: "Disc", "Круг";
    Gaussian: "Soft", "Мягкая";
    Line: "Line", "Линия";
    Lasso: "Selected notes", "Выбранные заметки";
    Radius: "Radius", "Радиус";
    Strength: "Strength", "Сила";
    Value: "Value", "Значение";
    AsItIs: "as it is", "как есть";
    PinSteps: "Steps held", "Шагов держать";
    Wider: "Wider brush", "Кисть шире";
    Narrower: "Narrower brush", "Кисть уже";
    Stronger: "Stronger", "Сильнее";
    Weaker: "Weaker", "Слабее";

    // Look
    Color: "Colour", "Цвет";
    Quantity: "Quantity", "Величина";
    Expression: "Expression", "Выражение";
    Tide: "Tide", "Прилив";
    Ember: "Ember", "Жар";
    Balance: "Balance", "Баланс";
    Phase: "Phase", "Фаза";
    Domain: "Phase and modulus", "Фаза и модуль";
    Range: "Range", "Диапазон";
    Auto: "of the data", "по данным";
    Least: "Least", "Наименьшее";
    Greatest: "Greatest", "Наибольшее";
    Contours: "Contours", "Изолинии";
    ContourCount: "Number of contours", "Число изолиний";
    Above: "Above the field", "Поверх поля";
    Defects: "Defects", "Дефекты";
    Labels: "Labels", "Подписи";
    Links: "Links", "Связи";
    Minimap: "Minimap", "Карта в углу";
    Height: "Landscape", "Рельеф";
    Tracers: "Tracers", "Потоки";
    Nothing: "none", "нет";
    NoteColor: "Coloured by", "Цвет по";
    NoteSize: "Sized by", "Размер по";
    Ink: "ink", "чернила";
    AllTheSame: "all the same", "все одинаковы";
    View: "View", "Обзор";
    Slice: "Slice", "Срез";
    Zoom: "Zoom", "Масштаб";
    ZoomIn: "Zoom in", "Приблизить";
    ZoomOut: "Zoom out", "Отдалить";
    Fit: "Show all", "Показать всё";
    PanLeft: "Move the view left", "Сдвинуть вид влево";
    PanRight: "Move the view right", "Сдвинуть вид вправо";
    PanUp: "Move the view up", "Сдвинуть вид вверх";
    PanDown: "Move the view down", "Сдвинуть вид вниз";

    // Parameters
    NoParameters: "This seed has no parameters.", "У этого семени нет параметров.";
    Reset: "Back to the seed:", "Как в семени:";
    Scheme: "Scheme", "Схема";
    Bound: "stable while", "устойчиво, пока";
    AboveBound: "The step is above the bound of stability", "Шаг больше предела устойчивости";
    NoBound: "No linear bound on the step is known.", "Линейный предел для шага неизвестен.";
    Stop: "End of a run", "Конец прогона";
    EnterApplies: "Enter applies it.", "Enter применяет.";
    Chance: "Chance", "Случай";
    RngSeed: "Random seed", "Зерно случая";
    Reseed: "Reseed", "Засеять заново";
    ReseedHelp: "Gives all fields their initial values, with other random numbers.", "Возвращает полям начальные значения с другими случайными числами.";

    // Equations
    EquationsHelp: "Change a line and apply it: the field lives on.", "Измените строку и примените: поле живёт дальше.";
    Derived: "Derived", "Производные величины";
    Apply: "Apply", "Применить";
    Revert: "Revert", "Вернуть";

    // Notes
    NoNotes: "This seed has no notes. Open a folder of notes from the gallery.", "У этого семени нет заметок. Откройте папку с заметками через галерею.";
    Search: "Search notes", "Искать в заметках";
    SelectAll: "Select all", "Выбрать все";
    SelectNone: "Select none", "Снять выбор";
    ExportNotes: "Export the selected notes as CSV", "Сохранить выбранные заметки в CSV";
    CloseNote: "Close the note", "Закрыть заметку";
    Felt: "What it feels", "Что она чувствует";
    PinNote: "Pin to its place", "Закрепить";
    LetNoteGo: "Let it go", "Отпустить";
    PullNote: "Move to the middle of the view", "Передвинуть в середину вида";
    LinkSelected: "Link with the others selected", "Связать с остальными выбранными";
    UnlinkSelected: "Unlink from the others selected", "Развязать с остальными выбранными";
    NotePinned: "Pinned to its place.", "Закреплена на месте.";
    Text: "Text", "Текст";
    LinksOfNote: "Links to", "Ссылается на";
    Nearest: "Nearest", "Ближайшие";

    // Say
    Say: "Say", "Сказать";
    SaySentence: "Say a sentence", "Сказать фразу";
    Sentence: "Sentence", "Фраза";
    SayHint: "Say something to the field…", "Скажите что-нибудь полю…";
    Against: "against", "против";
    AgainstHelp: "Against the phase of its neighbours, not with it", "Против фазы соседей, а не в лад с ней";
    CannotSay: "Sentences need notes with text: their words say where a sentence belongs on the map.", "Для фраз нужны заметки с текстом: их слова подсказывают фразе место на карте.";

    // Series and topology
    NoSeries: "This seed measures no series.", "Это семя не измеряет рядов.";
    SeriesHelp: "Coloured lines are acts, faint ones events. Drag to move, Ctrl and scroll to zoom, double click to see all.", "Цветные линии: действия, бледные: события. Тяните, чтобы двигать; Ctrl и колесо меняют масштаб; двойной щелчок показывает всё.";
    ExportSeries: "Export the series as CSV", "Сохранить ряды в CSV";
    DefectsNow: "Defects now", "Дефекты сейчас";
    Positive: "Positive", "Положительные";
    Negative: "Negative", "Отрицательные";
    OfNoSign: "Of no sign", "Без знака";
    MapQuality: "Quality of the map", "Качество карты";
    Trustworthiness: "Trustworthiness", "Достоверность";
    Recall: "Neighbour recall", "Полнота соседей";
    LetMapSettle: "Let the map settle", "Пусть карта укладывается";
    ColorByRecall: "Colour notes by it", "Окрасить заметки по ней";
    SettleHelp: "Notes drift to their nearest. Drag one with the hand to push it, pin it to hold it; all of it is in the trace.", "Заметки плывут к ближайшим. Тяните рукой, чтобы подвинуть, закрепите, чтобы удержать; всё это в записи.";
    Events: "Events", "События";
    NoEvents: "Nothing has happened yet.", "Пока ничего не произошло.";
    VisitEvent: "Bring this place to the middle", "Показать это место в середине";

    // Performance
    CellsPerSecond: "Cell updates/s", "Ячеек в секунду";
    MillisecondsPerStep: "Per step", "На шаг";
    MillisecondsPerFrame: "Per frame", "На кадр";
    Milliseconds: "ms", "мс";
    Window: "The window", "Окно";
    PicturesPerSecond: "Pictures/s", "Кадров/с";
    LongestPause: "Longest pause", "Длинная пауза";
    Painting: "To paint one", "Рисование";
    TouchToField: "Touch to field", "Касание–поле";
    Median: "median", "медиана";
    Longest: "longest", "наибольшее";
    FieldGroups: "Groups that the field binds", "Группы, которые связывает поле";
    Bridges: "Bridges between groups", "Мосты между группами";
    FaultLines: "Fault lines", "Линии разлома";
    FrozenSince: "The field stands still since", "Поле неподвижно с";
    LoopingWith: "The field repeats itself, with period", "Поле повторяется, период";
    Passes: "Passes of a step on the GPU", "Проходы шага на GPU";
    Place: "Where it runs", "Где считается";
    Backend: "Back end", "Движок";
    Grid: "Grid", "Сетка";
    Trace: "Trace", "След";
    File: "File", "Файл";
    TraceHelp: "Every touch is kept here; seed and trace grow this life again.", "Здесь хранится каждое касание; семя и след вырастят эту жизнь заново.";

    // Gallery
    Yours: "Your own", "Ваше";
    DropHere: "Drop a folder of notes, a .parquet, a .npy or a .toml onto the window, or type its path.", "Перетащите в окно папку с заметками, .parquet, .npy или .toml либо введите путь.";
    Path: "Path", "Путь";
    PathHint: "folder or file", "папка или файл";
    OpenPath: "Open the path", "Открыть путь";
    Recent: "Recent", "Недавние";

    // Pictures and recordings
    Pictures: "Pictures and recordings", "Снимки и запись";
    TakePicture: "Save a picture (PNG)", "Сохранить снимок (PNG)";
    RecordSequence: "Record pictures", "Записать снимки";
    RecordApng: "Record an animated PNG", "Записать анимированный PNG";
    RecordMp4: "Record a video (MP4)", "Записать видео (MP4)";
    StopRecording: "Stop recording", "Остановить запись";
    Width: "Width in pixels", "Ширина в пикселях";
    HeightOfPicture: "Height in pixels", "Высота в пикселях";
    Pixels: "pixels", "пикселей";

    // Notices
    Done: "Done", "Готово";
    Refused: "Could not be done", "Не получилось";
    Diverged: "The field left the numbers", "Поле вышло за пределы чисел";
    Dismiss: "Dismiss", "Убрать";
    PointerHelp: "Left button applies the tool, right inverts it, scroll changes the brush; with Explore it zooms. Tab moves between controls.", "Левая кнопка применяет инструмент, правая обращает его, колесо меняет кисть; с инструментом «Осмотр» оно меняет масштаб. Tab переходит между элементами.";
}
